from marketplace.app import production

app = production()
