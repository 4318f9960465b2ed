"""支付网关: the rails that ship with the market; others are named in MARKETPLACE_PAYMENT_GATEWAYS."""

from marketplace.payments.gateways.alipay import alipay_gateway
from marketplace.payments.gateways.sandbox import sandbox_gateway
from marketplace.payments.gateways.treasury import treasury_gateway
from marketplace.payments.ports import GatewayFactory

BUILTINS: dict[str, GatewayFactory] = {
    "alipay": alipay_gateway,
    "sandbox": sandbox_gateway,
    "treasury": treasury_gateway,
}
