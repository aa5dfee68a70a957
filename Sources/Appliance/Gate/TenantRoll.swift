package import Access
package import TenantStore

/// Makes, suspends and ends tenants: the appliance file, the open engine and the folder together.
package struct TenantRoll: Sendable {
    private let database: ApplianceDatabase
    private let registry: TenantRegistry
    private let folder: DataFolder
    private let directory: TenantDirectory
    private let threads: ThreadPool

    /// - Parameter threads: Where the file and the folder are read and written.
    init(
        database: ApplianceDatabase, registry: TenantRegistry, folder: DataFolder, directory: TenantDirectory,
        threads: ThreadPool
    ) {
        self.database = database
        self.registry = registry
        self.folder = folder
        self.directory = directory
        self.threads = threads
    }

    /// Every tenant, by name.
    package func all() async throws -> [TenantRecord] {
        try await threads.run { [database] in try database.tenants() }
    }

    /// One tenant.
    /// - Throws: ``ApplianceError/tenantNotFound(name:)``.
    package func tenant(_ name: TenantName) async throws -> TenantRecord {
        try await threads.run { [database] in try Self.tenant(name, in: database) }
    }

    /// Makes a tenant with an identity that no earlier one of its name had.
    /// - Throws: ``ApplianceError/tenantExists(name:)``.
    package func create(
        _ name: TenantName, tier: Tier, ratePerMinute: Double? = nil, burst: Double? = nil
    ) async throws -> TenantRecord {
        let record = TenantRecord(
            name: name.rawValue, uid: Digest.hexadecimal(Digest.randomBytes(16)), tier: tier.rawValue,
            ratePerMinute: ratePerMinute, burst: burst, state: .active, createdAt: Timestamp.now.milliseconds)
        try await threads.run { [database, folder] in
            guard try database.tenant(named: name.rawValue) == nil else {
                throw ApplianceError.tenantExists(name: name.rawValue)
            }
            // A folder without a tenant is what a deletion cut short left behind: its documents must not come back.
            try folder.removeTenant(name)
            try database.createTenant(record)
        }
        directory.invalidate()
        return record
    }

    /// Suspends or resumes a tenant; its credentials fail or work from the next call on.
    package func setState(_ state: TenantState, of name: TenantName) async throws -> TenantRecord {
        let record = try await threads.run { [database] in
            try database.setState(state, ofTenant: name.rawValue)
            return try Self.tenant(name, in: database)
        }
        directory.invalidate()
        if state == .suspended { await registry.close(uid: record.uid) }
        return record
    }

    /// Ends a tenant and deletes its documents.
    ///
    /// Suspended first, so that no call opens it again; its row goes last, so that a deletion cut short can be repeated.
    package func delete(_ name: TenantName) async throws {
        let record = try await setState(.suspended, of: name)
        await registry.close(uid: record.uid, isEnded: true)
        try await threads.run { [database, folder] in
            try folder.removeTenant(name)
            try database.deleteTenant(name.rawValue)
        }
        directory.invalidate()
    }

    private static func tenant(_ name: TenantName, in database: ApplianceDatabase) throws -> TenantRecord {
        guard let record = try database.tenant(named: name.rawValue) else {
            throw ApplianceError.tenantNotFound(name: name.rawValue)
        }
        return record
    }
}
