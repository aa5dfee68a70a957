import Access

/// Reads small documents of an identity provider by HTTPS, where the operator has named an issuer.
struct KeyFetch: Sendable {
    /// For one document, from the name's lookup to the last byte.
    private static let timeout = Duration.seconds(5)

    /// PEM certificates to trust instead of the system's.
    let authorities: String?
    /// Whether this machine may be asked without TLS.
    let allowsLoopback: Bool

    /// The document at a URL: status 200, no redirects, at most ``ForeignKeySet/sizeLimit`` bytes.
    ///
    /// Blocks for up to five seconds.
    /// - Throws: ``IdentityProviderError``.
    func document(at url: String) throws(IdentityProviderError) -> [UInt8] {
        guard let address = WebAddress(url), address.isTrustworthy(allowingLoopback: allowsLoopback) else {
            throw .unusable("\(url) is not an https:// address")
        }
        var call = OutgoingCall(url: url, timeout: Self.timeout, answerLimit: ForeignKeySet.sizeLimit)
        call.headers = [("Accept", "application/json")]
        call.allowsPlainHTTP = address.isLoopback && allowsLoopback
        call.usesProxy = !address.isLoopback
        call.trust = TrustedAuthorities(file: authorities, setting: "auth.oidc.cacert")
        let answer: OutgoingCall.Answer
        do {
            answer = try call.perform()
        } catch .tooLarge {
            throw .unreachable(url: url, reason: "more than \(ForeignKeySet.sizeLimit) bytes")
        } catch {
            throw .unreachable(url: url, reason: error.detail)
        }
        guard answer.status == 200 else { throw .unusable("\(url) answers HTTP status \(answer.status)") }
        return answer.body
    }
}
