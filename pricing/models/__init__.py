"""What is sold and what it costs: the price book, each call to a provider as it was billed, and their invoices."""

from pricing.models.book import Price, Service, UnitCost
from pricing.models.call import BOOKED, MICRO, ProviderCall
from pricing.models.invoice import InvoiceFile, InvoiceLine, ProviderInvoice

__all__ = [
    "BOOKED",
    "MICRO",
    "InvoiceFile",
    "InvoiceLine",
    "Price",
    "ProviderCall",
    "ProviderInvoice",
    "Service",
    "UnitCost",
]
