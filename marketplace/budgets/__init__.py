"""部门预算: budget lines and the encumbrances on them. Owns who may spend what for which purpose; amounts live in the
ledger alone. Promises that no line is ever spent twice: reserved, obligated, due, in transit and paid always add up
to what was appropriated."""
