"""中介服务机构: who has entered the market, what they may do, and whether they stand in good order.

Owns agencies, their scopes, qualifications, practitioners and suspensions. Promises that entry needs a
commitment and nothing else than what a statute demands: no approval, no cap, no region limit.
"""
