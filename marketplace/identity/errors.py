"""Refusals about organisations, logins, roles, sign-in and API tokens."""

from marketplace.kernel.errors import DomainError, Kind


class UsccInvalid(DomainError):
    """Common ground of the five ways in which a unified social credit code can be wrong."""

    kind = Kind.INVALID
    code = "identity.uscc_invalid"
    message = "统一社会信用代码无效"
    remedy = "请对照营业执照或法人证书逐位核对18位代码"


class UsccLengthWrong(UsccInvalid):
    code = "identity.uscc_length_wrong"
    message = "统一社会信用代码应为18位，您填写了{length}位"


class UsccLettersWrong(UsccInvalid):
    code = "identity.uscc_letters_wrong"
    message = "统一社会信用代码含有不允许的字符，或者登记管理部门、行政区划位不正确"


class UsccEmpty(UsccInvalid):
    code = "identity.uscc_empty"
    message = "统一社会信用代码的主体标识码（第9至17位）不能全为零"


class UsccInnerWrong(UsccInvalid):
    code = "identity.uscc_inner_wrong"
    message = "统一社会信用代码的主体标识码（第9至17位）校验不通过"


class UsccOuterWrong(UsccInvalid):
    code = "identity.uscc_outer_wrong"
    message = "统一社会信用代码的校验码（第18位）不正确"


class KindUnknown(DomainError):
    kind = Kind.INVALID
    code = "identity.kind_unknown"
    message = "没有“{given}”这一类单位"
    remedy = "请从列出的单位类别中选择"


class RegionInvalid(DomainError):
    kind = Kind.INVALID
    code = "identity.region_invalid"
    message = "行政区划代码应为6位数字"
    remedy = "请按GB/T 2260填写，例如江苏省为320000"


class NameInvalid(DomainError):
    kind = Kind.INVALID
    code = "identity.name_invalid"
    message = "名称应为2至100个字"
    remedy = "请填写全称或全名"


class OrganisationExists(DomainError):
    kind = Kind.CONFLICT
    code = "identity.organisation_exists"
    message = "该统一社会信用代码已以同一类别登记"
    remedy = "请用已有账号登录；忘记账号请联系运营机构核实身份后找回"
    constraint = "uq_marketplace_organisation_uscc_kind"


class OrganisationNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "identity.organisation_not_found"
    message = "没有找到该单位"
    remedy = "请核对单位编号"


class UsernameInvalid(DomainError):
    kind = Kind.INVALID
    code = "identity.username_invalid"
    message = "用户名应为2至32位，以字母或汉字开头，可用字母、汉字、数字和 . _ -"
    remedy = "请换一个用户名"


class UsernameTaken(DomainError):
    kind = Kind.CONFLICT
    code = "identity.username_taken"
    message = "该用户名已被使用"
    remedy = "请换一个用户名"
    constraint = "uq_marketplace_login_username"


class LoginNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "identity.login_not_found"
    message = "没有找到该登录账号"
    remedy = "请核对用户名"


class PasswordTooShort(DomainError):
    kind = Kind.INVALID
    code = "identity.password_too_short"
    message = "密码至少{least}个字符"
    remedy = "可以用几个不相干的词连成一句，空格和汉字都可以使用"


class PasswordTooLong(DomainError):
    kind = Kind.INVALID
    code = "identity.password_too_long"
    message = "密码最多{most}个字符"
    remedy = "请缩短密码"


class PasswordTooCommon(DomainError):
    kind = Kind.INVALID
    code = "identity.password_too_common"
    message = "密码由常见词、连续字符或与本人、本单位有关的词组成，容易被猜中"
    remedy = "请用几个不相干的词连成一句"


class PasswordWrong(DomainError):
    kind = Kind.INVALID
    code = "identity.password_wrong"
    message = "当前密码不正确"
    remedy = "请重新输入当前密码"


class SignInRefused(DomainError):
    """One text for an unknown name, a wrong password, a pause and a lock: it must not tell which."""

    kind = Kind.FORBIDDEN
    code = "identity.sign_in_refused"
    message = "用户名或密码不正确，或者登录已暂停"
    remedy = "请核对后重试；多次失败后须等待15分钟"


class RoleUnknown(DomainError):
    kind = Kind.INVALID
    code = "identity.role_unknown"
    message = "没有“{role}”这一角色"
    remedy = "请从列出的角色中选择"


class RoleNotForKind(DomainError):
    kind = Kind.INVALID
    code = "identity.role_not_for_kind"
    message = "“{role}”角色不能授予该类单位的人员"
    remedy = "请选择与单位类别相符的角色"


class AdministratorsApart(DomainError):
    """GB/T 22239-2019: system, security and audit administrators are different people."""

    kind = Kind.CONFLICT
    code = "identity.administrators_apart"
    message = "系统管理员、安全管理员、审计管理员应当三权分立，同一账号不能兼任"
    remedy = "请授予另一个账号，或先撤销原有的管理员角色"


class MembershipExists(DomainError):
    kind = Kind.CONFLICT
    code = "identity.membership_exists"
    message = "该账号在此单位已有这一角色"
    constraint = "uq_marketplace_membership_login_id_organisation_id_role"


class MembershipNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "identity.membership_not_found"
    message = "该账号在此单位没有这一角色"
    remedy = "请刷新页面查看现有角色"


class SignInNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "identity.sign_in_not_found"
    message = "没有找到这次登录，可能已经结束"
    remedy = "请刷新页面查看仍然有效的登录"


class TokenNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "identity.token_not_found"
    message = "没有找到该接口令牌"
    remedy = "请刷新页面查看现有令牌"


class ScopeNotHeld(DomainError):
    kind = Kind.INVALID
    code = "identity.scope_not_held"
    message = "令牌权限“{scope}”超出您本人的权限"
    remedy = "只能把本人持有的权限授予令牌"


class ScopesMissing(DomainError):
    kind = Kind.INVALID
    code = "identity.scopes_missing"
    message = "请至少为令牌选择一项权限"
    remedy = "令牌只应持有用得着的权限"


class TokenDaysInvalid(DomainError):
    kind = Kind.INVALID
    code = "identity.token_days_invalid"
    message = "令牌有效期应为1至{most}天"
    remedy = "到期前可以签发新令牌替换"


class PersonNeeded(DomainError):
    """A token or a service cannot change how a person signs in."""

    kind = Kind.FORBIDDEN
    code = "identity.person_needed"
    message = "此操作只能由本人登录后办理"
    remedy = "请用用户名和密码登录后再办理"


class NotOnOneself(DomainError):
    kind = Kind.FORBIDDEN
    code = "identity.not_on_oneself"
    message = "不能为本人的账号授权、撤权、停用或恢复"
    remedy = "请由另一位安全管理员办理"
