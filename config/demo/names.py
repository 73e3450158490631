"""Invented names of people, firms, places and projects. Nothing here exists."""

from random import Random

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于"
    "杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金贾韦夏付方邹熊白孟秦邱江尹"
)
GIVEN = (
    "建国 志强 海燕 永刚 晓明 文博 玉兰 立新 春生 雪梅 国庆 振华 俊杰 思远 佳宁 "
    "一鸣 少华 德海 子轩 雅琴 明哲 丽华 鹏飞 嘉树 秋实 怀瑾 景行 若溪"
)
FIRMS = (
    "宏达防水工程有限公司 建安劳务有限公司 华艺装饰股份有限公司 "
    "远大幕墙有限公司 恒信机电安装有限公司 中科暖通设备有限公司"
)
CITIES: tuple[tuple[str, str, str], ...] = (
    ("北京市", "丰台区西三环南路", "north"),
    ("天津市", "滨海新区第二大街", "north"),
    ("石家庄市", "长安区中山东路", "north"),
    ("郑州市", "金水区农业路", "north"),
    ("西安市", "雁塔区科技六路", "north"),
    ("沈阳市", "和平区南京北街", "north"),
    ("济南市", "历下区经十路", "north"),
    ("长沙市", "岳麓区麓谷大道", "south"),
    ("武汉市", "洪山区珞喻路", "south"),
    ("广州市", "番禺区汉溪大道", "south"),
    ("深圳市", "南山区学苑大道", "south"),
    ("杭州市", "西湖区文一西路", "south"),
)
BUILDINGS = (
    "星河湾住宅工程 滨江医院门急诊综合楼 翠湖苑安置房项目 高新区第三中学教学楼 临空物流中心 国际会展中心扩建 "
    "职业技术学院实训楼 妇幼保健院 老旧小区综合整治 市民文化艺术中心 云栖科技园A座 南湖体育馆 瀚海数据中心 "
    "档案馆新馆 滨海酒店 地铁上盖商业综合体 人才公寓 产业园标准厂房 城市展览馆 污水处理厂改造"
)
PUNCH: tuple[tuple[str, str, str], ...] = (
    ("3#楼屋面", "防水", "女儿墙根部卷材收口不严,雨后有渗水痕迹"),
    ("地下室B2层", "给排水", "集水坑盖板缺失,潜污泵控制箱未接地"),
    ("1#楼12层走廊", "装饰装修", "墙砖空鼓超过规范允许值,共6处"),
    ("配电间", "电气", "桥架跨接线缺失,回路标识不清"),
    ("南立面", "幕墙", "玻璃压条松动,密封胶局部开裂"),
    ("换热站", "暖通", "二次网循环泵减振垫老化,运行噪声大"),
)


def person(random: Random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN.split())


def phone(random: Random) -> str:
    return f"1{random.choice('356789')}{random.randrange(10**9):09d}"


def firm(random: Random) -> str:
    return random.choice(FIRMS.split())


def building(random: Random, number: int) -> str:
    kinds = BUILDINGS.split()
    return kinds[number % len(kinds)] + (
        "" if number < len(kinds) else f"{'一二三四五六七八九'[random.randrange(9)]}标段"
    )
