"""合同与成果: the contract after an award, its milestones, what is delivered and how it is accepted.

Owns Contract, Milestone, Deliverable. Promises: nothing binds before both sides confirm; a contract in force is
never deleted; an acceptance is stamped once and starts the payment clock.
"""
