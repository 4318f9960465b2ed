"""What a notice may not ask for: conditions that shut bidders out."""

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A phrase that shuts bidders out, and what to write instead. kind: as in rulebook posting.forbidden_conditions."""

    kind: str
    phrase: str
    remedy: str


_PLACE = r"(?:本地|当地|本市|本省|本县|本区|本州|市内|省内|县内|区内|辖区内|辖区|所在地|项目所在地|属地)"
_FORBIDDEN: tuple[tuple[str, str, str], ...] = (
    (
        "local_branch",
        rf"{_PLACE}[^，。；、\n]{{0,12}}(?:分支机构|分公司|办事处|子公司|营业场所|固定场所|办公场所|常驻机构)",
        "请删去对当地机构或场所的要求；确需到场服务的，写明到场时间",
    ),
    (
        "local_record",
        rf"{_PLACE}[^，。；、\n]{{0,10}}(?:业绩|服务经验|从业经历|项目经验|服务经历)",
        "请删去地域限定，可要求同类服务业绩而不限地区",
    ),
    (
        "association",
        r"(?:协会|商会|学会|联合会)[^，。；、\n]{0,6}(?:会员|理事|成员|入会)|(?:加入|参加)[^，。；、\n]{0,10}(?:协会|商会|学会)",
        "请删去会员资格要求；行业协会会员身份不是法定资质",
    ),
    (
        "region",
        r"(?:仅限|限于|只限|限|须为|必须是|应为|优先选择|仅面向)[^，。；、\n]{0,8}"
        r"(?:本地|当地|本市|本省|本县|本区|市内|省内|辖区)[^，。；、\n]{0,8}(?:企业|机构|单位|注册|公司|中介)?"
        rf"|(?:注册地|注册地址|税务登记地|住所)[^，。；、\n]{{0,6}}(?:在|为|须)[^，。；、\n]{{0,6}}{_PLACE}"
        rf"|在{_PLACE}[^，。；、\n]{{0,4}}(?:注册|登记|纳税)",
        "请删去对注册地或区域的限制；中介服务机构一地入驻、各地通用",
    ),
    (
        "department_list",
        r"(?:名录|名单|备选库|短名单|机构库|入围库|定点库)[^，。；、\n]{0,6}(?:内|中|以内|里)[^，。；、\n]{0,6}"
        r"(?:机构|单位|企业|公司)|(?:列入|纳入|进入|入选|入围)[^，。；、\n]{0,16}(?:名录|名单|备选库|短名单|机构库|入围库|定点库)",
        "请删去部门名录、备选库的要求；需要资质的，按目录写明法定资质",
    ),
)


def forbidden_conditions(text: str, kinds: tuple[str, ...] | list[str]) -> list[Forbidden]:
    """Phrases in a notice that may not be there. kinds: rulebook posting.forbidden_conditions."""
    plain = re.sub(r"[ \t\u3000]+", "", unicodedata.normalize("NFKC", text).replace(",", "，").replace(";", "；"))
    return [
        Forbidden(kind, found.group(0), remedy)
        for kind, pattern, remedy in _FORBIDDEN
        if kind in kinds
        for found in re.finditer(pattern, plain)
    ]
