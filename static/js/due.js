// due
