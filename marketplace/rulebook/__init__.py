"""规则: the numbers of the law as versioned data per jurisdiction, and the working-day calendar.

Owns RuleSet, RuleSnapshot, RulePeriod and CalendarDay. Promises that a tender can rebuild, from one id, exactly the
values it was born under, and that no region can set a cap on the number of agencies.
"""
