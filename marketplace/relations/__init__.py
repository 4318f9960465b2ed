"""关联关系: who leads, owns and controls agencies and buyers, so that those who are too close keep away by themselves.

Owns Relation and RelationStatement. Promises: no identity number is stored, only its keyed index; a person's name is sealed.
"""
