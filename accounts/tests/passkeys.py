"""A device that holds passkeys, as browsers speak for one: what it makes, and what it says when it is used."""

import hashlib

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

FLAG = AuthenticatorData.FLAG
RP = hashlib.sha256(b"localhost").digest()


class Device:
    """`counter` goes up with each use; a device that does not count says 0 for ever."""

    def __init__(self, user, *, name=b"device", counter=0, counts=True):
        self.user, self.name, self.counter, self.step = user, name, counter, int(counts)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, client) -> dict:
        """The answer to a page that asks for a new passkey."""
        holder = ES256.from_cryptography_key(self._key.public_key())
        about = AttestedCredentialData.create(bytes(16), self.name, holder)
        said = AuthenticatorData.create(RP, FLAG.UP | FLAG.UV | FLAG.AT, self.counter, about)
        made = AttestationObject.create("none", said, {})
        return self._answer(client, "webauthn.create", attestationObject=websafe_encode(made))

    def use(self, client, *, of=None, verified=True) -> dict:
        """The answer to a page that asks for a passkey; `of`: whose it says that it is."""
        self.counter += self.step
        said = AuthenticatorData.create(RP, FLAG.UP | (FLAG.UV if verified else 0), self.counter)
        answer = self._answer(client, "webauthn.get", authenticatorData=websafe_encode(said))
        asked = websafe_decode(answer["response"]["clientDataJSON"])
        signature = self._key.sign(said + hashlib.sha256(asked).digest(), ec.ECDSA(hashes.SHA256()))
        whose = user_pk_to_url_str(of or self.user).encode()
        answer["response"] |= {"signature": websafe_encode(signature), "userHandle": websafe_encode(whose)}
        return answer

    def _answer(self, client, what: str, **response) -> dict:
        """To the question that waits in the client's session."""
        challenge = websafe_decode(client.session[STATE_SESSION_KEY]["challenge"])
        asked = CollectedClientData.create(what, challenge, settings.BASE_URL)
        name = websafe_encode(self.name)
        said = {"clientDataJSON": websafe_encode(asked), **response}
        credential = {"id": name, "rawId": name, "type": "public-key", "response": said}
        return credential | {"clientExtensionResults": {"credProps": {"rk": True}}}
