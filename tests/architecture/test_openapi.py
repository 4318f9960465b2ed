"""The OpenAPI document is current, whole and served."""

from tests.architecture import openapi_file


def test_the_contract_in_the_docs_is_current():
    assert openapi_file.FILE.read_text(encoding="utf-8") == openapi_file.text(), "run `make openapi`"


def test_the_document_is_served_and_names_every_json_route(app, client):
    served = client.get("/api/v1/openapi.json").json
    assert served["openapi"] == "3.1.0"
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("marketplace_api_")]
    assert len(served["paths"]) == len({rule.rule for rule in rules})


def test_the_documentation_page_needs_no_other_server(client):
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "https://" not in page.text.replace("https://www.rfc-editor.org", "")
