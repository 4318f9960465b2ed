"""关联关系: who leads, owns and controls agencies and buyers, so that those who are too close keep away by themselves.

Owns Relation and RelationStatement. Promises: of an identity number only the keyed index is stored; names are sealed.
"""
