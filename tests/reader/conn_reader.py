#!/usr/bin/python3
"""A second reader of repositories, written from docs/format.md and docs/format-directory.md alone.

conn_reader.py REPO SET OUT [--key-file FILE | --passphrase TEXT]
    Restores every directory owner of a set (a sequence number) to OUT/NAME, and writes the data streams
    of every other owner, base first, to OUT/NAME.<sequence>.<drive>.stream. Prints a line for each owner.
conn_reader.py --vectors FORMAT.md
    Decrypts the vectors of docs/format.md and compares them.

Debian packages: python3-cryptography, python3-zstandard, python3-argon2, python3-xxhash.
"""
import argparse
import hashlib
import os
import struct
import sys

import argon2.low_level
import xxhash
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FRAME, TAG, HEADER = 65536, 16, 48


class Damaged(Exception):
    pass


def require(condition, what):
    if not condition:
        raise Damaged(what)


# MessagePack, as far as records use it.
def unpack(data, at=0):
    kind = data[at]
    at += 1
    if kind < 0x80:
        return kind, at
    if kind >= 0xe0:
        return kind - 256, at
    if 0x90 <= kind <= 0x9f or kind in (0xdc, 0xdd):
        size = kind & 15
        if kind >= 0xdc:
            width = 2 if kind == 0xdc else 4
            size, at = int.from_bytes(data[at:at + width], "big"), at + width
        items = []
        for _ in range(size):
            item, at = unpack(data, at)
            items.append(item)
        return items, at
    if 0xa0 <= kind <= 0xbf:
        size = kind & 31
        return data[at:at + size].decode("utf-8"), at + size
    if kind == 0xc0:
        return None, at
    if kind in (0xc2, 0xc3):
        return kind == 0xc3, at
    if kind in (0xc4, 0xc5, 0xc6, 0xd9, 0xda, 0xdb):
        width = 1 << ((kind - 0xc4) if kind < 0xd0 else (kind - 0xd9))
        size, at = int.from_bytes(data[at:at + width], "big"), at + width
        value = data[at:at + size]
        return (value if kind < 0xd0 else value.decode("utf-8")), at + size
    if 0xcc <= kind <= 0xcf or 0xd0 <= kind <= 0xd3:
        width = 1 << (kind & 3)
        return int.from_bytes(data[at:at + width], "big", signed=kind >= 0xd0), at + width
    raise Damaged("a value of MessagePack that records do not use")


def record(data, kind, newest=1):
    require(len(data) >= 56 and data[:8] == b"CONNREC\0", "no record")
    version, found, zero, length = struct.unpack("<HHIQ", data[8:24])
    require(length == len(data) - 56, "the length of a record")
    require(hashlib.sha256(data[:24] + data[56:]).digest() == data[24:56], "the checksum of a record")
    require(1 <= version <= newest and found == kind and zero == 0, "the kind of a record")
    value, end = unpack(data, 56)
    require(end == len(data), "bytes behind a record")
    return value


def derive(secret, salt, info):
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(secret)


def unwrap(repository, slot, kind, epoch, memory, passes, salt, wrapped, secret):
    """The master keys of a slot and the files of its seal, which is None without one; None if the secret is another one."""
    key = (argon2.low_level.hash_secret_raw(secret, salt, passes, memory, 1, 32, argon2.low_level.Type.ID, 19)
           if kind == 1 else derive(secret, salt, b"conn key slot"))
    described = repository + slot.encode("ascii") + struct.pack("<IIII", kind, epoch, memory, passes) + salt
    try:
        plain = AESGCM(key).decrypt(bytes(12), wrapped, described)
    except InvalidTag:
        return None
    masters = [plain[i:i + 32] for i in range(0, epoch * 32, 32)]
    if len(plain) == epoch * 32:
        return masters, None
    of, last, files = record(plain[epoch * 32:], 8)
    require(of == repository and last == epoch, "the seal of another slot")
    return masters, {name: (size, digest) for name, size, digest in files}


def digest_of(data):
    """The digest of a stored file in a seal."""
    blocks = [data[:HEADER]] + [data[i:i + FRAME + TAG] for i in range(HEADER, len(data), FRAME + TAG)]
    return hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).digest()


def decrypt(repository, masters, name, data):
    """All plain bytes of an encrypted file of a name."""
    magic, version, cipher, epoch = struct.unpack("<8sHHI", data[:16])
    require(magic == b"CONNENC\0" and version == 1 and cipher in (1, 2), "no encrypted file")
    aead = (AESGCM if cipher == 1 else ChaCha20Poly1305)(derive(masters[epoch - 1], data[16:HEADER], b"conn file" + repository + name.encode("utf-8")))
    plain, body, number = [], data[HEADER:], 0
    while True:
        frame, body = body[:FRAME + TAG], body[FRAME + TAG:]
        nonce = number.to_bytes(11, "big") + (b"\0" if body else b"\1")
        plain.append(aead.decrypt(nonce, frame, data[:HEADER]))
        number += 1
        if not body:
            return b"".join(plain)


class Repository:
    def __init__(self, root, kind, secret):
        self.root = root
        self.id, features = record(self.clear("conn-repository"), 1)
        require(features in (0, 1, 3), "an unknown feature")
        self.masters, self.seal = self.unlock(kind, secret) if features & 1 else (None, None)

    def clear(self, path):
        with open(os.path.join(self.root, path), "rb") as file:
            return file.read()

    def unlock(self, kind, secret):
        opened = []
        for name in sorted(os.listdir(os.path.join(self.root, "keys"))):
            repository, slot, found, epoch, memory, passes, salt, wrapped = record(self.clear("keys/" + name), 6, 2)
            require(repository == self.id and slot == name, "a slot of another place")
            if found != kind:
                continue
            unwrapped = unwrap(self.id, slot, found, epoch, memory, passes, salt, wrapped, secret)
            if unwrapped is not None:
                opened.append(unwrapped)
        if not opened:
            sys.exit("the key opens no slot")
        return max(opened, key=lambda unwrapped: len(unwrapped[0]))

    def read(self, path):
        """All plain bytes of a file."""
        data = self.clear(path)
        if self.masters is None:
            return data
        parts = path.split("/")
        name = "set/" + parts[1].split("-", 1)[1] + "/" + parts[2] if parts[0] == "sets" else path
        epoch = int.from_bytes(data[12:16], "little")
        if self.seal is not None and epoch < len(self.masters):
            require(self.seal.get(name) == (len(data), digest_of(data)), path + " was written with a key that was replaced")
        return decrypt(self.id, self.masters, name, data)

    def sets(self):
        """The sets of the index by their sequence: (folder, manifest)."""
        repository, last, _, sets, _, _, *_ = record(self.read("index"), 2, 2)
        require(repository == self.id, "the index of another repository")
        found = {}
        for name, sequence, sha in sets:
            folder = "sets/%08d-%s" % (sequence, name)
            data = self.read(folder + "/manifest")
            require(data[24:56] == sha, "another manifest than the index lists")
            manifest = record(data, 3)
            require(manifest[:3] == [self.id, name, sequence], "the manifest of another set")
            found[sequence] = (folder, manifest)
        return found

    def stream(self, folder, manifest, number, drive, kind, place):
        """The plain bytes of a stream of a part."""
        segment, offset, sections, total, _ = place
        plain, data, seed, at = [], None, 0, offset
        for index in range(sections):
            while data is None or at == len(data):
                if data is not None:
                    segment, at = segment + 1, 64
                data = self.read("%s/%04d-%06d.data" % (folder, number, segment))
                require(xxhash.xxh3_128_digest(data[16:64]) == data[:16], "a segment's header")
                require(data[16:22] == b"CSEG\1\0" and data[24:49].decode("ascii") == manifest[1], "a segment of another set")
                require(struct.unpack("<II", data[52:60]) == (number, segment), "another segment")
                seed = int.from_bytes(data[:8], "little")
            head = data[at:at + 88]
            encoding, found, of, _, count, size, stored = struct.unpack("<BBBBQII", head[20:40])
            body = data[at + 88:at + 88 + stored]
            require(xxhash.xxh3_128_digest(data[at + 16:at + 88 + stored], seed=seed) == head[:16], "a section's checksum")
            require((head[16:20], found, of, count) == (b"CSEC", kind, drive, index), "another section")
            require(encoding in (0, 1), "a reference in a data stream")
            text = body if encoding == 0 else zstandard.ZstdDecompressor().decompress(body, max_output_size=size)
            require(len(text) == size and xxhash.xxh3_128_digest(text) == head[40:56], "the bytes of a section")
            plain.append(text)
            at += 88 + stored
        text = b"".join(plain)
        require(len(text) == total, "the length of a stream")
        return text


class Stream:
    """A data stream of a directory owner, applied to a folder."""

    def __init__(self, data, root):
        self.data, self.at, self.root, self.path = data, 0, root, b""
        self.users, self.groups = {}, {}

    def take(self, count):
        self.at += count
        require(self.at <= len(self.data), "a stream ends early")
        return self.data[self.at - count:self.at]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def next_path(self):
        shared = self.varint()
        self.path = self.path[:shared] + self.take(self.varint())
        return self.path

    def attributes(self):
        mode, user, group = self.varint(), self.varint(), self.varint()
        time, extended = struct.unpack("<q", self.take(8))[0], self.extended()
        for known, number in ((self.users, user), (self.groups, group)):
            if number not in known:
                known[number] = self.take(self.varint()).decode("utf-8")
        return mode, user, group, time, extended

    def extended(self):
        end, found = self.varint(), {}
        end += self.at
        while self.at < end:
            name = self.take(self.varint())
            found[name] = self.take(self.varint())
        require(self.at == end, "extended attributes")
        return found

    def full(self, path):
        return os.path.join(self.root, path) if path else self.root

    def apply(self, aside, times):
        require(self.take(6) == b"ConnDS" and self.take(1) == b"\3", "no stream of a directory")
        increment = self.take(1) == b"\1"
        self.take(16)
        part, kept = None, {}
        while True:
            kind = self.take(1)[0]
            if kind == 0x7f:
                self.varint()
                require(self.at == len(self.data), "bytes behind the end")
                break
            section = 1 if kind == 1 else 2 if kind == 2 else 4 if kind == 0x17 else 3
            if section != part and kind not in (0x20, 0x21, 0x22, 0x23, 0x24):
                part, self.path = section, b""
            self.entry(kind, increment, kept, aside, times)
        for name in kept.values():
            if os.path.lexists(name):
                os.unlink(name)

    def entry(self, kind, increment, kept, aside, times):
        if kind == 1:
            number = self.varint()
            kept[number] = os.path.join(aside, b"%d" % number)
            os.rename(self.full(self.next_path()), kept[number])
            return
        path = self.full(self.next_path())
        if kind == 2:
            self.remove(path)
            times.pop(path, None)
        elif kind == 0x10:
            if not os.path.isdir(path) or os.path.islink(path):
                os.makedirs(path) if path == self.root else os.mkdir(path)
            times[path] = self.attributes()
        elif kind in (0x11, 0x18):
            attributes = self.attributes()
            self.file(path, self.varint(), attributes, times, aside if kind == 0x18 else None)
        elif kind == 0x12:
            attributes = self.attributes()
            self.remove(path)
            os.rename(kept[self.varint()], path)
            times[path] = attributes
        elif kind == 0x13:
            attributes = self.attributes()
            self.remove(path)
            os.symlink(self.take(self.varint()), path)
            os.utime(path, ns=(attributes[3], attributes[3]), follow_symlinks=False)
        elif kind == 0x14:
            self.remove(path)
            os.link(self.full(self.take(self.varint())), path, follow_symlinks=False)
        elif kind == 0x15:
            times[path] = self.attributes()
        elif kind not in (0x16, 0x17):
            raise Damaged("an unknown entry %02x" % kind)

    def file(self, path, size, attributes, times, patch):
        new = os.path.join(patch, b"patch") if patch else path
        before = open(path, "rb") if patch else None
        if not patch:
            self.remove(path)
        content = xxhash.xxh3_128()
        with open(new, "xb") as file:
            while True:
                kind = self.take(1)[0]
                if kind == 0x20:
                    data = self.take(self.varint())
                    content.update(data)
                    file.write(data)
                elif kind == 0x21:
                    length = self.varint()
                    content.update(b"HOLE" + struct.pack("<Q", length))
                    file.seek(length, os.SEEK_CUR)
                elif kind == 0x24:
                    require(patch, "a whole file that refers to the one before")
                    before.seek(file.tell())
                    left = self.varint()
                    while left:
                        data = before.read(min(left, 1 << 20))
                        require(data, "the file before a change is longer")
                        content.update(data)
                        file.write(data)
                        left -= len(data)
                elif kind == 0x22:
                    require(self.take(16) == content.digest()[::-1], "the hash of a file")
                    file.truncate(size)
                    break
                else:
                    require(kind == 0x23, "an unknown record in a file")
                    break
        if patch:
            before.close()
        if kind == 0x23:
            os.unlink(new)
        else:
            if patch:
                os.rename(new, path)
            times[path] = attributes

    @staticmethod
    def remove(path):
        if os.path.isdir(path) and not os.path.islink(path):
            for name in os.listdir(path):
                Stream.remove(os.path.join(path, name))
            os.rmdir(path)
        elif os.path.lexists(path):
            os.unlink(path)


def restore(repository, sets, sequence, out):
    by_id = {manifest[1]: number for number, (_, manifest) in sets.items()}
    for part in sets[sequence][1][10]:
        name, sid, kind = part[:3]
        chain, at, own = [], sequence, part
        while True:
            chain.insert(0, at)
            if own[5] is None:
                break
            at = by_id[own[5][0]]
            own = next(p for p in sets[at][1][10] if p[1] == sid)
        times = {}
        root = os.path.join(out, name).encode("utf-8")
        for link in chain:
            folder, manifest = sets[link]
            number, own = next((i, p) for i, p in enumerate(manifest[10]) if p[1] == sid)
            for drive, data, _ in own[14]:
                text = repository.stream(folder, manifest, number, drive, 0, data) if data else b""
                if kind == "directory" and len(own[14]) == 1:
                    os.makedirs(root + b".aside", exist_ok=True)
                    Stream(text, root).apply(root + b".aside", times)
                else:
                    with open(os.path.join(out, "%s.%08d.%d.stream" % (name, link, drive)), "xb") as file:
                        file.write(text)
        if os.path.isdir(root + b".aside"):
            os.rmdir(root + b".aside")
        for path in sorted(times, key=len, reverse=True):
            if os.path.lexists(path):
                mode, _, _, time, extended = times[path]
                os.chmod(path, 0o700)
                for name, value in extended.items():
                    if name.startswith(b"acl-"):
                        continue
                    os.setxattr(path, name, value)
                os.chmod(path, mode)
                os.utime(path, ns=(time, time))
        print("restored %s from %d sets" % (name, len(chain)))


def check_vectors(page):
    """Compares the vectors between the fences of their section."""
    with open(page, encoding="utf-8") as file:
        lines = file.read().split("### Vectors", 1)[1].split("```")[1].strip().splitlines()
    repository, masters, files, sealed = b"", [], {}, {}
    for kind, *fields in (line.split(" ") for line in lines):
        if kind == "repository":
            repository = bytes.fromhex(fields[0])
        elif kind == "master":
            masters.append(bytes.fromhex(fields[1]))
        elif kind == "file":
            files[fields[1]] = bytes.fromhex(fields[3])
            plain = b"" if fields[2] == "-" else bytes.fromhex(fields[2])
            require(decrypt(repository, masters, fields[1], bytes.fromhex(fields[3])) == plain, "the vector of " + fields[1])
        elif kind == "sealed":
            sealed[fields[0]] = (int(fields[1]), bytes.fromhex(fields[2]))
            require(sealed[fields[0]] == (len(files[fields[0]]), digest_of(files[fields[0]])), "the vector of the seal")
        else:
            number, epoch, memory, passes = (int(fields[i]) for i in (0, 2, 3, 4))
            secret = {1: fields[7].encode("utf-8"), 2: b"" if number != 2 else bytes.fromhex(fields[7]), 3: recovery(fields[7])}[number]
            opened = unwrap(repository, fields[1], number, epoch, memory, passes, bytes.fromhex(fields[5]), bytes.fromhex(fields[6]), secret)
            require(opened == (masters[:epoch], sealed or None), "the vector of slot %d" % number)
    print("checked %d vectors" % len(lines))


def recovery(text):
    """The secret of a recovery key; the text's check bits must match."""
    digits = text.replace("-", "")
    number = 0
    for digit in digits:
        number = number * 32 + max("0123456789ABCDEFGHJKMNPQRSTVWXYZ".find(digit), 0)
    secret = (number >> 20).to_bytes(160 // 8, "big") if len(digits) == 36 else b""
    if secret:
        require(number & 0xfffff == int.from_bytes(hashlib.sha256(secret).digest()[:3], "big") >> 4, "the check of a recovery key")
    return secret


def main():
    if sys.argv[1:2] == ["--vectors"]:
        return check_vectors(sys.argv[2])
    arguments = argparse.ArgumentParser()
    for name in ("repo", "set", "out"):
        arguments.add_argument(name)
    arguments.add_argument("--key-file")
    arguments.add_argument("--passphrase")
    given = arguments.parse_args()
    kind, secret = 1, (given.passphrase or "").encode("utf-8")
    if given.key_file:
        with open(given.key_file, "rb") as file:
            kind, secret = 2, file.read()
    repository = Repository(given.repo, kind, secret)
    sets = repository.sets()
    os.makedirs(given.out, exist_ok=True)
    restore(repository, sets, int(given.set), given.out)


if __name__ == "__main__":
    main()
