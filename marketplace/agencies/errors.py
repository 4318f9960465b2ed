"""Refusals of the agencies domain: each names its field and what to do."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError, Kind


class AgencyNotFound(DomainError):
    """No agency with this code or id."""

    kind = Kind.NOT_FOUND
    code = "agency.not_found"
    message = "没有找到该中介服务机构"
    remedy = "请核对统一社会信用代码，或在机构名录中查找"


class AgencyAlreadyEntered(DomainError):
    """One company enters once."""

    kind = Kind.CONFLICT
    code = "agency.already_entered"
    message = "该统一社会信用代码已经入驻"
    remedy = "请直接登录；忘记密码请联系运营机构"
    constraint = "uq_marketplace_agency_uscc"


class ReentryNeedsSignIn(DomainError):
    """Only its own people may bring an agency back."""

    kind = Kind.CONFLICT
    code = "agency.reentry_needs_sign_in"
    message = "该机构曾经入驻，重新入驻须由本机构账号办理"
    remedy = "请先用原账号登录，再提交入驻"


class AgencyBarredUntil(DomainError):
    """An expelled agency comes back before its term."""

    kind = Kind.CONFLICT
    code = "agency.barred_until"
    message = "该机构已被清退，{until}之前不得重新入驻"
    remedy = "期满后可重新入驻；对清退决定有异议的，可在期限内申诉"


class FieldMissing(DomainError):
    """A required field is blank."""

    kind = Kind.INVALID
    code = "agency.field_missing"
    message = "请填写{label}"
    remedy = "请补充该项后重新提交"


class EntityTypeUnknown(DomainError):
    """A kind of entity that the rulebook does not list."""

    kind = Kind.INVALID
    code = "agency.entity_type_unknown"
    message = "请选择机构类型"
    remedy = "法人、非法人组织、个体工商户均可入驻，请选择其中一种"


class RegionUnknown(DomainError):
    """No division code of GB/T 2260."""

    kind = Kind.INVALID
    code = "agency.region_unknown"
    message = "“{region}”不是有效的行政区划代码"
    remedy = "请选择注册地；全国各地的机构均可入驻"


class PhoneInvalid(DomainError):
    """Not a telephone number."""

    kind = Kind.INVALID
    code = "agency.phone_invalid"
    message = "“{phone}”不是有效的联系电话"
    remedy = "请填写手机号码或带区号的固定电话，例如 0518-85551234"


class CommitmentMissing(DomainError):
    """Entry is by commitment: every one must be given."""

    kind = Kind.INVALID
    code = "agency.commitment_missing"
    message = "还有 {count} 项承诺未确认"
    remedy = "请逐项阅读并勾选全部承诺，承诺后即时入驻"


class ScopeEmpty(DomainError):
    """An agency offers at least one service."""

    kind = Kind.INVALID
    code = "agency.scope_empty"
    message = "请至少选择一项服务事项"
    remedy = "请从服务事项目录中勾选本机构提供的服务"


class ScopeUnknown(DomainError):
    """The item is not in the catalogue, or no longer kept."""

    kind = Kind.INVALID
    code = "agency.scope_unknown"
    message = "目录中没有正在实施的服务事项“{item}”"
    remedy = "请从现行服务事项目录中选择"


class ScopeAlreadyHeld(DomainError):
    """The service was declared before."""

    kind = Kind.CONFLICT
    code = "agency.scope_already_held"
    message = "该服务事项已在本机构服务范围内"
    remedy = "无需重复添加"
    constraint = "uq_marketplace_service_scope_agency_id_item_code"


class QualificationRequired(DomainError):
    """The item demands a certificate by statute (licence or CMA)."""

    kind = Kind.INVALID
    code = "agency.qualification_required"
    message = "“{item}”依法须有资质，请填写有效的资质证书"
    remedy = "请填写证书名称、编号、持有人和有效期；暂无资质的，可先不选该事项，取得后再添加"


class QualificationDatesWrong(DomainError):
    """A certificate ends before it begins."""

    kind = Kind.INVALID
    code = "agency.qualification_dates_wrong"
    message = "证书有效期的截止日期早于起始日期"
    remedy = "请按证书所载日期填写"


class QualificationExpired(DomainError):
    """The certificate has run out."""

    kind = Kind.INVALID
    code = "agency.qualification_expired"
    message = "证书“{number}”已于{valid_to}到期"
    remedy = "请先办理延续，再填写新证书的有效期"


class QualificationHolderDiffers(DomainError):
    """Another's certificate cannot be used."""

    kind = Kind.INVALID
    code = "agency.qualification_holder_differs"
    message = "证书持有人“{holder}”与机构名称不一致"
    remedy = "资质须由本机构持有，不得借用；机构更名的，请先变更证书"


class QualificationNotFound(DomainError):
    """No such certificate of this agency."""

    kind = Kind.NOT_FOUND
    code = "agency.qualification_not_found"
    message = "没有找到该资质证书"
    remedy = "请返回资质列表重新选择"


class QualificationAlreadyRenewed(DomainError):
    """A certificate is renewed once."""

    kind = Kind.CONFLICT
    code = "agency.qualification_already_renewed"
    message = "该证书已经登记过延续"
    remedy = "请在最新的一份证书上办理延续"
    constraint = "uq_marketplace_qualification_renews_id"


class IdNumberInvalid(DomainError):
    """Not an identity number of GB 11643."""

    kind = Kind.INVALID
    code = "agency.id_number_invalid"
    message = "居民身份证号码不正确"
    remedy = "请核对18位号码和出生日期，末位校验码X请用大写"


class PractitionerTwice(DomainError):
    """A person is listed once."""

    kind = Kind.CONFLICT
    code = "agency.practitioner_twice"
    message = "该人员已在本机构执业人员名单中"
    remedy = "如需更新证书，请先移除后重新登记"
    constraint = "uq_marketplace_practitioner_agency_id_id_index"


class PractitionerNotFound(DomainError):
    """No such practitioner."""

    kind = Kind.NOT_FOUND
    code = "agency.practitioner_not_found"
    message = "没有找到该执业人员"
    remedy = "请返回人员列表重新选择"


class SuspensionNotFound(DomainError):
    """No running suspension of this id."""

    kind = Kind.NOT_FOUND
    code = "agency.suspension_not_found"
    message = "没有找到该暂停记录，或该暂停已经解除"
    remedy = "请刷新机构状态后再办理"


class OpenContractsRemain(DomainError):
    """An agency with open contracts cannot leave."""

    kind = Kind.CONFLICT
    code = "agency.open_contracts_remain"
    message = "还有 {count} 份合同未履行完毕，暂不能退出"
    remedy = "请在合同全部完成或终止后再办理退出"
