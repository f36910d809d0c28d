"""The account: there is one."""

from stripesandbox import balance, payouts, records
from stripesandbox.errors import missing

ID = "acct_1SandboxPoemVision"
MERCHANT = "Poem Vision AI"
NAME = f"{MERCHANT} (sandbox)"
CREATED = 1_735_689_600


def retrieve(cause, params, id=ID):
    """GET /v1/account and /v1/accounts/:id"""
    if id != ID:
        raise missing("account", id)
    return {
        "id": ID,
        "object": "account",
        "business_profile": _profile(),
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active", "us_bank_account_ach_payments": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "created": CREATED,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "owner@poemvision.example",
        "metadata": {},
        "payouts_enabled": True,
        "settings": _settings(),
        "type": "standard",
    }


def _profile() -> dict:
    blank = records.blank(
        "annual_revenue estimated_worker_count mcc minority_owned_business_designation "
        "product_description specified_commercial_transactions_act_url support_address support_email "
        "support_phone support_url url"
    )
    return {**blank, "name": NAME}


def _settings() -> dict:
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": records.blank("icon logo primary_color secondary_color"),
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": "SANDBOX",
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": NAME, "timezone": "Etc/UTC"},
        "payments": {
            "statement_descriptor": "SANDBOX",
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": balance.DAYS_UNTIL_AVAILABLE, "interval": payouts.schedule()},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }
