"""Drafts of the terms and of the privacy page, true of this software; whoever runs it completes and checks them."""

from django.db import migrations

TERMS = """This draft ships with the software. Whoever runs this site completes it, has it checked for their country, and removes this sentence before anybody pays.

# What this is
Poem Vision AI turns a poem into a framed picture or a short clip with music, a “cut”. You can make simple cuts without an account, as many a day as the page says. With an account you make cuts with all options, from your own pictures, and keep them.

# Your account
Give an e-mail address that reaches you, and keep your password to yourself. You may leave at any time. We may suspend an account that breaks these terms; we say why, and you can answer.

# Credit
What you make is paid from credit, in US dollars. The price stands beside the button before you press it. If something you paid for does not come out, its credit comes back by itself.

- Credit that you bought does not expire.
- Credit that we gave you (a welcome, a bonus, an apology) may expire; your account says when. It is spent before bought credit, and it cannot be paid out.
- Payments are taken by Stripe. We never see the number of your card.
- Ask for a refund of bought credit that you have not spent by writing to {support_email}.
- When a payment is taken back after its credit was spent, the difference is owed, and spending bought credit stops until it is settled.

# Your poems and pictures
What you write and upload stays yours. You allow us to store it and to work on it, only so that we can make, keep and show your cuts to you and to those you share them with. Upload nothing that is not yours to use: no poem, picture or recording without its author’s permission.

The cuts you make are yours to use and to share. Poems, pictures and music from our catalog may be used inside the cuts that you make with them, not on their own.

# What is not allowed
- Anything that is against the law, that harasses somebody, or that shows children in a sexual way.
- Passing off as yours what somebody else has made.
- Attacking the site, working around its limits, or making cuts by machine in bulk.

# Sharing
A cut is private until you share it. A shared cut can be seen by whoever has its address; on the public wall, by everybody. You can take it back at any time; copies that others made meanwhile are out of our hands. We take down what breaks these terms or somebody’s rights: write to {support_email}.

# What we promise, and what not
We look after the site with care, but we cannot promise that it is always there or free of faults. Keep a copy of what matters to you. Nothing here takes away rights that the law gives you as a consumer.

# Changes
When these terms change, the date at the top changes with them. Changes that matter to members are announced by e-mail before they hold.

# Questions
Write to {support_email}."""

PRIVACY = """This draft ships with the software and says what the software does. Whoever runs this site adds who they are, where the data lies and which law applies, and removes this sentence.

# In short
We keep what we need to make and keep your cuts and to account for money, and nothing for advertising. There is no tracking cookie and no advertiser’s script on any page.

# Without an account
- A cookie remembers your session when you make a cut or press a button that leads to an account, so that your cuts can become yours when you sign up. Cookies also keep your choice of light or dark, and protect forms.
- Poems that you write and cuts that you make are stored under a random number, not under your name.
- We count how often pages and buttons are seen and clicked, as sums per day without any person in them.

# With an account
- Your e-mail address and, if you give it, your name. Your password is stored as a hash only.
- Your poems, your uploads and your cuts. Pictures are stored without what cameras write into them, such as place and time.
- Your credit: every top-up, grant and charge. Records about money are kept for as long as the law asks, and cannot be changed.
- When you signed in, and from which network (not the full address), so that you and we can notice strangers.

# Payments
Stripe takes payments on its own page and is responsible for your card’s data. We learn whether you paid, how much, and Stripe’s reference.

# Who else sees something
- People you share a cut with see the cut. Nobody else does, except staff who look after the site, and their steps are recorded.
- If a poem, a picture or music is generated for you, the words needed for it go to the provider that generates it, without your name or address.
- Mails go through a mail provider.

# How long
Logs of the web server, which hold full network addresses, are kept for days. Deleted cuts go from the storage and, in time, from its backups. When you leave, your account is emptied; records of money and of staff acts stay, without your name where the law allows.

# Your rights
You may ask what we store about you, have it corrected, receive a copy, or have it deleted: write to {support_email}. You may also complain to the data protection authority where you live."""


def write(apps, schema_editor):
    Document = apps.get_model("studio", "Document")
    Document.objects.create(slug="terms", title="Terms of use", text=TERMS)
    Document.objects.create(slug="privacy", title="Privacy", text=PRIVACY)


class Migration(migrations.Migration):
    dependencies = [("studio", "0001_initial")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
