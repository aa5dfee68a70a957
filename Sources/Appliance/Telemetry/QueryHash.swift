import Access

/// The keyed hash that stands for a query in audit rows: equal queries can be told to be equal, by this box alone.
///
/// Without a key, whoever reads an audit trail could try likely queries; the key never leaves the folder of signing keys.
struct QueryHash: Sendable {
    private let key: [UInt8]

    /// Reads the key, making it on first use.
    /// - Throws: ``ApplianceError/configuration(source:key:reason:)``.
    init(folder: String) throws(ApplianceError) { key = try BoxSecret.read("query-hash", in: folder) }

    /// 32 bytes; tenants have different hashes of the same query.
    func hash(_ query: String, tenant: TenantContext) -> [UInt8] {
        Digest.hmacSHA256(key: key, Array(tenant.uid.utf8) + [0] + Array(query.utf8))
    }
}
