"""服务评价与信用等级: reviews of delivered work, decided facts, and the grade that follows from them.

Owns Review, ScoreEntry, Grade, Appeal. Promises: only decided facts and written reviews move a score, silence never
does, and every grade can be computed again from the facts and the rulebook version that it names.
"""
