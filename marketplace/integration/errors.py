"""Refusals of the outside world's files."""

from marketplace.kernel.errors import DomainError, Kind


class NotAReleasePackage(DomainError):
    """A file that is no OCDS release package."""

    kind = Kind.INVALID
    code = "integration.not_a_release_package"
    message = "文件{file}不是 OCDS 发布包：{why}"
    remedy = "请提供包含 releases 列表的 JSON 文件，可用 gzip 压缩"
