"""身份与权限: organisations, the people who act for them, what each role may do, and how a request proves it."""
