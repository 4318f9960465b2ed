"""Every refusal of the relations domain."""

from marketplace.kernel.errors import DomainError, Kind


class RelationNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "relation.not_found"
    message = "没有找到该关联关系"
    remedy = "请刷新页面后再操作"


class RelationKindUnknown(DomainError):
    kind = Kind.INVALID
    code = "relation.kind_unknown"
    message = "请选择关系类型"
    remedy = "可选：法定代表人、负责人或高级管理人员、股东、主管或控股单位"


class RelationNameMissing(DomainError):
    kind = Kind.INVALID
    code = "relation.name_missing"
    message = "请填写姓名或单位名称"
    remedy = "按营业执照、登记证书上的全称填写"


class RelationNumberInvalid(DomainError):
    """Persons by identity number (GB 11643), units by unified social credit code (GB 32100)."""

    kind = Kind.INVALID
    code = "relation.number_invalid"
    message = "“{kind}”的证件号码不正确"
    remedy = "自然人填写18位居民身份证号码，单位填写18位统一社会信用代码"


class RelationShareInvalid(DomainError):
    kind = Kind.INVALID
    code = "relation.share_invalid"
    message = "持股比例须大于0且不超过100%"
    remedy = "请填写百分数，最多两位小数，例如 25.5；只有股东填写"


class RelationOfItself(DomainError):
    kind = Kind.INVALID
    code = "relation.of_itself"
    message = "填写的是本单位自己的代码"
    remedy = "请填写对方单位的统一社会信用代码"


class RelationTwice(DomainError):
    kind = Kind.CONFLICT
    code = "relation.twice"
    message = "该关系已经登记"
    remedy = "需要更正的，请先移除原记录再登记"
    constraint = "uq_marketplace_relation_organisation_id_kind_party_key_live"


class RelationCommitmentMissing(DomainError):
    kind = Kind.INVALID
    code = "relation.commitment_missing"
    message = "请确认申报承诺"
    remedy = "勾选承诺后再提交"


class RelationFromRegistry(DomainError):
    """What the registry says only the registry can take back."""

    kind = Kind.FORBIDDEN
    code = "relation.from_registry"
    message = "该关系来自登记机关数据，不能自行移除"
    remedy = "登记信息有变化或者有误的，请先在登记机关变更，再联系运营机构更新"


class RelationFileUnreadable(DomainError):
    kind = Kind.INVALID
    code = "relation.file_unreadable"
    message = "文件无法读取：{why}"
    remedy = "请使用UTF-8编码的CSV文件，首行为：单位代码,关系类型,名称,证件号码,持股比例"
