"""项目业主: enterprises and departments that post tenders, and the people they delegate."""
