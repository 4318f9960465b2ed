"""What the rulebook refuses."""

from marketplace.kernel.errors import DomainError, Kind


class UnknownRule(DomainError):
    """A key that the rulebook does not have."""

    kind = Kind.NOT_FOUND
    code = "rulebook.unknown_rule"
    message = "规则库中没有“{key}”这一项"
    remedy = "请核对规则名称，可在规则库页面查看全部规则"


class RuleNotSettable(DomainError):
    """A limit that no region may introduce: number of agencies, region, trade, department list."""

    kind = Kind.INVALID
    code = "rulebook.rule_not_settable"
    message = "“{key}”不可设置：超市不设数量、地区、行业和名录限制"
    remedy = "请删除该项"


class RuleLocked(DomainError):
    """A value that law or policy fixes for every region."""

    kind = Kind.INVALID
    code = "rulebook.rule_locked"
    message = "“{title}”（{key}）由上位规定确定，各地不得更改"
    remedy = "请删除该项，沿用上级规则"


class RuleValueInvalid(DomainError):
    """A value of the wrong type, unit or range."""

    kind = Kind.INVALID
    code = "rulebook.rule_value_invalid"
    message = "“{key}”的取值“{value}”无效：应为 {expected}"
    remedy = "请按规则库列出的单位和范围填写"


class RulePackInvalid(DomainError):
    """A rule file that cannot be read as one."""

    kind = Kind.INVALID
    code = "rulebook.rule_pack_invalid"
    message = "规则文件无法识别：{reason}"
    remedy = "请按示例文件的格式填写地区、生效时间和各项取值"


class RegionInvalid(DomainError):
    """Not a six-digit division code."""

    kind = Kind.INVALID
    code = "rulebook.region_invalid"
    message = "“{region}”不是有效的行政区划代码"
    remedy = "请填写六位行政区划代码，例如 320000"


class RuleSetNotFound(DomainError):
    """No rule set by that id, or none in force at that moment."""

    kind = Kind.NOT_FOUND
    code = "rulebook.rule_set_not_found"
    message = "没有找到规则版本“{id}”"
    remedy = "请在规则库页面选择地区和版本"


class RuleSetRetroactive(DomainError):
    """A version that would start in the past."""

    kind = Kind.INVALID
    code = "rulebook.rule_set_retroactive"
    message = "规则版本不能追溯生效"
    remedy = "请将生效时间设为当前时间之后"


class LaterVersionExists(DomainError):
    """A version of this region that starts at the same time or later is already published."""

    kind = Kind.CONFLICT
    code = "rulebook.later_version_exists"
    message = "该地区已有一个不早于此时间生效的规则版本（第{version}版）"
    remedy = "请选择更晚的生效时间"


class NothingChanged(DomainError):
    """A version without any value."""

    kind = Kind.INVALID
    code = "rulebook.nothing_changed"
    message = "没有填写任何要发布的规则"
    remedy = "请至少修改一项规则"


class CalendarEnds(DomainError):
    """A day that the working-day calendar does not know."""

    kind = Kind.INVALID
    code = "rulebook.calendar_ends"
    message = "工作日历只覆盖{first}至{last}，无法推算这一期限"
    remedy = "请运营机构先在工作日历中补充后续年度"


class CalendarDayPast(DomainError):
    """A day that is over."""

    kind = Kind.CONFLICT
    code = "rulebook.calendar_day_past"
    message = "{day}已经过去，不能再更改"
    remedy = "只能更改今天之后的日期"


class CalendarFileInvalid(DomainError):
    """A calendar file that is not contiguous or cannot be read."""

    kind = Kind.INVALID
    code = "rulebook.calendar_file_invalid"
    message = "工作日历文件无效：{reason}"
    remedy = "请按示例文件的格式填写，并与现有日历首尾相接"
