"""Series: what meters and sites had in each minute, hour and day, as columns of numbers.

    asked        what a series is asked to be, and what it is made from
    chosen       which meters it is of, and what they are grouped by
    columns      meters by rows, steps by columns
    minutes      the minutes of packs; `recent` keeps those of the last day in memory
    hours        the hours of meters and of sites, repairs counted; `days` are made of them
    factors      what an hour's energy of a meter emits
    sums, sites  groups of meters, and a whole site
    series       all of it together: what is asked, and the answer
    intensities  the grids' values, a page at once

What is missing is NaN here, and null outside; it is never 0.

numpy carries it. Of 1,000 meters a day of minutes by role takes 30 ms of one core in memory, and
1.5 s out of the packs; in plain Python its 1,440,000 sums alone take longer than a chart may.
"""
