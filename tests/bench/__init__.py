"""How fast it is, beside what people write by hand: `make bench`. No test asserts a time.

weights and picture -> cold, warm, load, growth, size -> docs/bench.json -> the README's table and the plots
"""
