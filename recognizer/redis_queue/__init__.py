"""Background work in Redis, with RQ: where tasks wait, and who takes them.

The database says what is to be done, and Redis only who is to do it next. So tasks are
handed over once the transaction stands that asks for them, and a Redis that loses all
of them costs some seconds: `tasks_mend` finds what nobody would come to, and asks anew.
Nothing here is imported unless REDIS_URL is set.
"""
