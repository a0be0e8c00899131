"""The fault rig: a whole portal under load, broken in every way, judged by a program that knows none of its code.

`make faults` starts private PostgreSQL and Redis, a mail server that keeps what it is sent, two web servers, two
workers and two beats; clients work on cases whose limits end while processes are killed, stopped, starved and sent
everything thrice. Each acknowledged request is written down before the next is made. Afterwards `oracle.py` compares
what the database and the mail server hold with what should have happened.

    __main__   options, the order of a run, the verdict
    servers    PostgreSQL, Redis and the mail server
    portal     the portal's processes, started again whenever one ends
    settings   the portal's settings with short intervals; `points` kills at named points and breaks on purpose
    district   the people and the enterprise, made once
    clients    people at work, each over the API, each request in the journal
    limits     ends of limits laid into the time of the run
    rounds     what is done to the processes
    oracle     the judge; imports nothing of the project
"""
