def keep(*a):
    print(a)


def write_index():
    pass


def write_examples():
    pass
