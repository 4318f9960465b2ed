"""Refusals about the opening: its time, the keepers of its key and their shares."""

from marketplace.kernel.errors import DomainError, Kind


class TenderStillOpen(DomainError):
    kind = Kind.CONFLICT
    code = "tender.still_open"
    message = "采购项目{number}尚未到截止时间，不能开启报价"
    remedy = "截止后由系统自动开启"


class KeeperWithoutKey(DomainError):
    """The rulebook names a keeper whose public key nobody has entered. Source: opening.keepers."""

    kind = Kind.INVALID
    code = "tender.keeper_without_key"
    message = "规则指定的密钥保管人“{keeper}”没有登记公钥，不能发布"
    remedy = "请联系运营机构登记该保管人的公钥（MARKETPLACE_KEEPERS），或调整规则 opening.keepers"


class ThresholdUnfit(DomainError):
    """More shares are needed than there are keepers. Source: opening.threshold."""

    kind = Kind.INVALID
    code = "tender.threshold_unfit"
    message = "规则要求{threshold}份密钥份额才能开启，但只指定了{keepers}名保管人"
    remedy = "请联系运营机构调整规则 opening.threshold 或 opening.keepers"


class KeeperNotNamed(DomainError):
    kind = Kind.NOT_FOUND
    code = "tender.keeper_not_named"
    message = "采购项目{number}的公告没有指定“{keeper}”为密钥保管人"
    remedy = "请核对采购项目编号；保管人列在公告的“开启方式”一栏"


class ShareTooEarly(DomainError):
    kind = Kind.CONFLICT
    code = "tender.share_too_early"
    message = "采购项目{number}报名尚未截止，不接受密钥份额"
    remedy = "请在报名截止后提交；截止前请勿向任何人出示份额"


class ShareWrong(DomainError):
    """What was handed in is not the share whose digest the notice names."""

    kind = Kind.INVALID
    code = "tender.share_wrong"
    message = "提交的内容不是“{keeper}”在本项目的密钥份额"
    remedy = "请核对采购项目编号，下载本项目的份额文件，用保管的私钥重新解出后完整粘贴"


class NotOpened(DomainError):
    """There are no minutes before the bids are opened."""

    kind = Kind.NOT_FOUND
    code = "tender.not_opened"
    message = "报价尚未开启，没有开启记录"
    remedy = "请在公告所列的开启时间之后查看"
