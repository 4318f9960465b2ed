"""The memory of the market: every event sealed into one Merkle tree (RFC 9162) whose heads are signed.

Owns leaves, interior nodes and tree heads. Promises that a later edit, deletion or reordering of an
event is found by anyone who holds an older head, and that every proof costs a logarithmic number of reads.
"""
