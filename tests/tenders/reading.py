"""Reading the tenders' pages as a browser gets them."""

import re

INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)


def whole(response, status=200):
    """The text of a page that keeps the rules of every page."""
    assert response.status_code == status, response.text[-3000:]
    assert not INLINE.search(response.text)
    assert response.text.count("<h1") == 1
    ids = re.findall(r'\sid="([^"]+)"', response.text)
    assert len(ids) == len(set(ids)), sorted({name for name in ids if ids.count(name) > 1})
    return response.text


def system_words(response, *known: str) -> list[str]:
    """Chinese left in a page after taking out what people wrote."""
    text = whole(response)
    text = re.sub(r'<(\w+)[^>]*lang="zh-CN"[^>]*>.*?</\1>', "", text, flags=re.DOTALL)
    text = re.sub(r"<select.*?</select>|<textarea.*?</textarea>", "", text, flags=re.DOTALL)
    for words in (*known, "中介超市运营中心", "李晓梅", "建设项目环境影响评价"):
        text = text.replace(words, "")
    return re.findall(r"[\u4e00-\u9fff]+", text)
