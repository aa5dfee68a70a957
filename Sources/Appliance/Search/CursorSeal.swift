package import Access

/// Closes and opens the cursors of one tenant, and marks its receipts.
///
/// A cursor is sealed for its tenant, its list and the request it belongs to: in another place it is no cursor. What it
/// holds is no secret, so clients may look into it, but none can be made or changed outside.
package struct CursorSeal: Sendable {
    private let seal: TokenSeal
    /// The identity that outlives no deletion.
    private let tenantUID: String

    /// Stands for the form of what is sealed; another form is another version.
    private static let version = 3

    /// Names what a cursor is good for.
    package struct Binding: Sendable {
        fileprivate let purpose: String

        fileprivate init(_ purpose: String) { self.purpose = purpose }
    }

    package init(seal: TokenSeal, tenantUID: String) {
        self.seal = seal
        self.tenantUID = tenantUID
    }

    /// - Parameters:
    ///   - list: What is listed, such as `documents`.
    ///   - request: Everything the pages of one list have in common.
    package func binding(_ list: String, _ request: [UInt8]) -> Binding {
        let hash = Digest.hexadecimal(Array(Digest.sha256(request).prefix(16)))
        return Binding("cursor \(Self.version) \(list) \(tenantUID) \(hash)")
    }

    package func close(_ payload: [UInt8], for binding: Binding) -> String { seal.seal(payload, for: binding.purpose) }

    /// - Throws: ``ApplianceError/invalidCursor`` for anything that was not closed for the same.
    package func open(_ text: String, for binding: Binding) throws(ApplianceError) -> [UInt8] {
        guard let payload = seal.open(text, for: binding.purpose, limit: 4_096) else { throw .invalidCursor }
        return payload
    }

    /// What shows that a receipt is as this box wrote it for this tenant.
    func mark(receipt: [UInt8]) -> String { seal.mark(receipt, for: "receipt \(tenantUID)") }

    /// Whether it is.
    func isMark(_ mark: String, ofReceipt receipt: [UInt8]) -> Bool {
        seal.isMark(mark, of: receipt, for: "receipt \(tenantUID)")
    }
}
