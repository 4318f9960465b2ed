"""What the catalogue refuses."""

from marketplace.kernel.errors import DomainError, Kind


class ItemNotFound(DomainError):
    """No item by that code."""

    kind = Kind.NOT_FOUND
    code = "catalogue.item_not_found"
    message = "目录中没有编号为“{item_code}”的中介服务事项"
    remedy = "请在中介服务事项目录中查询编号"


class ItemCancelled(DomainError):
    """The item is no longer kept."""

    kind = Kind.CONFLICT
    code = "catalogue.item_cancelled"
    message = "中介服务事项“{name}”已于{day}取消"
    remedy = "请选择目录中保留的事项"


class ItemExists(DomainError):
    """The code is taken."""

    kind = Kind.CONFLICT
    code = "catalogue.item_exists"
    message = "编号“{item_code}”已被使用"
    remedy = "请使用新的编号，或修改已有事项"
    constraint = "pk_marketplace_catalogue_item"


class ItemChangedMeanwhile(DomainError):
    """Somebody edited the item after it was opened for editing."""

    kind = Kind.CONFLICT
    code = "catalogue.item_changed_meanwhile"
    message = "该事项已被他人修改为第{version}版"
    remedy = "请重新打开编辑页面，核对后再保存"


class ItemNothingChanged(DomainError):
    """An edit that changes nothing."""

    kind = Kind.INVALID
    code = "catalogue.item_nothing_changed"
    message = "没有任何修改"
    remedy = "请修改后再保存"


class ItemCodeInvalid(DomainError):
    """A code that does not look like ZJ-01."""

    kind = Kind.INVALID
    code = "catalogue.item_code_invalid"
    message = "编号“{value}”格式不正确"
    remedy = "请使用两位大写字母加短横线和数字，例如 ZJ-01"


class ItemTextMissing(DomainError):
    """A required text is blank."""

    kind = Kind.INVALID
    code = "catalogue.item_text_missing"
    message = "此项必填"


class ItemTextTooLong(DomainError):
    """A text longer than its column."""

    kind = Kind.INVALID
    code = "catalogue.item_text_too_long"
    message = "内容过长，最多{most}个字"


class ModeUnknown(DomainError):
    """Not one of the qualification modes."""

    kind = Kind.INVALID
    code = "catalogue.mode_unknown"
    message = "资质管理方式“{value}”不在可选范围内"
    remedy = "可选：行政许可、资质认定、登记备案、自主声明条件、无要求"


class QualificationMissing(DomainError):
    """The mode needs a named qualification."""

    kind = Kind.INVALID
    code = "catalogue.qualification_missing"
    message = "该资质管理方式须列明至少一项资质"
    remedy = "请填写法律法规要求的资质名称"


class QualificationNotNeeded(DomainError):
    """A qualification is named although the mode asks for none."""

    kind = Kind.INVALID
    code = "catalogue.qualification_not_needed"
    message = "法律法规未要求资质的事项不得设置资质门槛"
    remedy = "请清空资质要求，或更改资质管理方式"


class TimeLimitInvalid(DomainError):
    """Not a number of working days from 1 to 365."""

    kind = Kind.INVALID
    code = "catalogue.time_limit_invalid"
    message = "服务时限应为1至365的整数（工作日）"


class PriceModeUnknown(DomainError):
    """Not one of the price modes."""

    kind = Kind.INVALID
    code = "catalogue.price_mode_unknown"
    message = "价格管理方式“{value}”不在可选范围内"
    remedy = "可选：市场调节价、政府指导价、政府定价"


class DayInvalid(DomainError):
    """Not a date."""

    kind = Kind.INVALID
    code = "catalogue.day_invalid"
    message = "“{value}”不是有效的日期"
    remedy = "请填写日期，例如 2026-03-02"


class YesNoInvalid(DomainError):
    """Neither yes nor no."""

    kind = Kind.INVALID
    code = "catalogue.yes_no_invalid"
    message = "请填写“是”或“否”"


class CancellationIncomplete(DomainError):
    """A cancellation without its day or reason, or before the item was kept."""

    kind = Kind.INVALID
    code = "catalogue.cancellation_incomplete"
    message = "取消事项须同时填写取消日期和取消原因，且不得早于保留日期"


class CsvUnreadable(DomainError):
    """A file that is not UTF-8 text in CSV form."""

    kind = Kind.INVALID
    code = "catalogue.csv_unreadable"
    message = "文件无法读取"
    remedy = "请另存为“CSV UTF-8”格式后重新上传"


class CsvColumnMissing(DomainError):
    """A column of the form is not in the file."""

    kind = Kind.INVALID
    code = "catalogue.csv_column_missing"
    message = "文件缺少“{column}”一列"
    remedy = "请先导出目录，按导出文件的表头填写"


class CsvColumnUnknown(DomainError):
    """A column that is not of the form, or occurs twice."""

    kind = Kind.INVALID
    code = "catalogue.csv_column_unknown"
    message = "文件含有多余的列“{column}”"
    remedy = "请先导出目录，按导出文件的表头填写"


class CsvRowRagged(DomainError):
    """A row with too many or too few cells."""

    kind = Kind.INVALID
    code = "catalogue.csv_row_ragged"
    message = "本行应有{expected}格，实有{found}格"


class CodeRepeated(DomainError):
    """The same code twice in one file."""

    kind = Kind.INVALID
    code = "catalogue.code_repeated"
    message = "编号“{value}”在文件中重复（首次出现在第{line}行）"


class ImportRefused(DomainError):
    """A file with errors: nothing of it was written."""

    kind = Kind.INVALID
    code = "catalogue.import_refused"
    message = "文件有{count}处错误，未导入任何内容"
    remedy = "请按错误清单逐项更正后重新导入"
