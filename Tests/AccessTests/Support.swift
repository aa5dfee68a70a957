import Access
import Glibc
import Testing

/// A folder of its own for one test, removed at its end.
final class ScratchFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/carrel-access-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    deinit {
        for folder in ["keys", "other", ""] {
            guard let stream = opendir(path + "/" + folder) else { continue }
            let names = ScratchFolder.names(stream)
            closedir(stream)
            for name in names { unlink(path + "/" + folder + "/" + name) }
            rmdir(path + "/" + folder)
        }
    }

    var keys: String { path + "/keys" }

    func names(_ folder: String = "keys") throws -> [String] {
        let stream = try #require(opendir(path + "/" + folder))
        defer { closedir(stream) }
        return ScratchFolder.names(stream).sorted()
    }

    private static func names(_ stream: OpaquePointer) -> [String] {
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    func mode(_ name: String) throws -> UInt32 {
        var status = stat()
        try #require(lstat(path + "/" + name, &status) == 0)
        return status.st_mode & 0o7777
    }

    func write(_ name: String, _ text: String, mode: UInt32 = 0o600) throws {
        let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        let bytes = Array(text.utf8)
        try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        fchmod(descriptor, mode)
        close(descriptor)
    }

    func read(_ name: String) throws -> String {
        let descriptor = open(path + "/" + name, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        try #require(count >= 0)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

extension ScratchFolder {
    /// A ring with a key that is there already: to make one takes longer than most tests.
    func keyedRing() throws -> KeyRing {
        try #require(mkdir(keys, 0o700) == 0)
        try write("keys/\(PublishedKey.load().id).pem", PublishedKey.file)
        return try KeyRing.open(keys)
    }
}

/// The RSA key of RFC 7515 appendix A.2, which the RFC publishes with its private half.
enum PublishedKey {
    static let file = """
        Created: 1700000000
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXO
        jS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxL
        aYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn
        juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5
        ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkf
        toaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg
        VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyW
        PEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/G
        O+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj
        kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6
        XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB
        4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K
        pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr
        0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqE
        lMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6
        kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAP
        rq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNw
        kgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp
        5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds2
        9+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/
        evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG
        yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZj
        OYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2
        tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3
        ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A56
        03k2+ZQwVK0JKSHuLFkuQ3U=
        -----END PRIVATE KEY-----

        """
    static let modulus =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    static let signingInput =
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    static let signature =
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"

    static func load() throws -> SigningKey { try SigningKey(file: Array(file.utf8), path: "A.2") }
}

/// A key ring that holds the published key, and tokens made by hand for it.
struct Forge {
    static let boxID = "000102030405060708090a0b0c0d0e0f"
    static let now: Int64 = 1_800_000_000
    let folder: ScratchFolder
    let key: SigningKey
    let ring: KeyRing

    init() throws {
        folder = try ScratchFolder()
        key = try PublishedKey.load()
        try #require(mkdir(folder.keys, 0o700) == 0)
        try folder.write("keys/box-id", Forge.boxID + "\n")
        try folder.write("keys/\(key.id).pem", PublishedKey.file)
        ring = try KeyRing.open(folder.keys)
    }

    /// A header and a payload that verify.
    var header: String { #"{"alg":"RS256","typ":"JWT","kid":"\#(key.id)"}"# }
    var payload: String { Forge.payload() }

    /// The payload with some members replaced; an empty replacement leaves the member out.
    static func payload(_ changes: [String: String] = [:], extra: String = "") -> String {
        var members = [
            ("tenant_id", #""acme""#), ("tenant_uid", #""uid1""#), ("user_id", #""ann""#),
            ("scope", #""search write""#),
            ("iss", #""carrel:\#(boxID)""#), ("aud", #"["carrel:\#(boxID)"]"#), ("iat", "\(now)"), ("nbf", "\(now)"),
            ("exp", "\(now + 3600)"), ("jti", #""j1""#),
        ]
        for (name, value) in changes {
            members = members.map { $0.0 == name ? (name, value) : $0 }
        }
        let text = members.filter { !$0.1.isEmpty }.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
        return "{" + text + extra + "}"
    }

    func token(header: String? = nil, payload: String? = nil) throws -> String {
        let input =
            Digest.base64URL(Array((header ?? self.header).utf8)) + "."
            + Digest.base64URL(Array((payload ?? self.payload).utf8))
        return try input + "." + Digest.base64URL(key.sign(Array(input.utf8)))
    }

    func verify(_ token: String, audiences: Set<String> = [], now: Int64 = Forge.now) -> Result<
        TokenClaims, CredentialRejection
    > {
        ring.verify(token, acceptedAudiences: audiences, now: now)
    }

    func rejection(_ token: String, audiences: Set<String> = [], now: Int64 = Forge.now) -> CredentialRejection? {
        guard case .failure(let rejection) = verify(token, audiences: audiences, now: now) else { return nil }
        return rejection
    }
}
