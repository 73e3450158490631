"""The clause ids that a test may name: those of the requirements page, without their ``R-``."""

KNOWN_CLAUSES = frozenset(
    """
    1a 1b 1c 2.1 2.2.1 2.2.2
    3.1.1 3.1.2 3.1.3 3.1.4 3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.2 3.4.3 4.1 4.2 4.3
    5.1.1 5.1.2 5.2.1 5.2.1a 5.2.1b 5.2.1c 5.2.1d 5.2.1e 5.2.2 5.2.3 5.2.4 5.3.1 5.3.2 5.3.3
    5.4.1 5.4.2 5.4.2a 5.4.2b 5.4.2c 5.4.2d 5.4.3 5.5.1 5.5.2 5.5.3 5.5.4 5.6.1 5.6.2 5.6.3 5.7 5.8.1 5.8.2 6.1 6.2
    A2-1 A2-3 A2-6.2 A2-8 A2-10 A3-C01 A3-C02 A3-C03 A3-C04 A3-S A.4
    B2-11 B2-14 B3-C01 B3-C02 B3-C03 B3-C04 B.4
    G1 G2 G3 G4 G5 G6
    C D E F G H
    rules-1 rules-2 rules-3
    """.split()
)
