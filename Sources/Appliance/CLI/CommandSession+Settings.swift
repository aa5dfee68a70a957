import Access
import JSON
import TenantStore

extension CommandSession {
    /// Others may change settings at the same moment, but not again and again.
    private static let settingsAttempts = 5

    /// Changes some of a collection's settings: what others change at the same moment is kept.
    /// - Parameter path: That of the settings.
    /// - Parameter change: Makes the new settings of those there are; asked again where others were faster.
    /// - Returns: The settings as they are then.
    func changeSettings(
        at path: String, of tenant: TenantRecord, _ change: (JSONObject) -> JSONObject
    ) async throws -> JSONValue {
        for attempt in 1...Self.settingsAttempts {
            let shown = try await call("GET", path, as: .user(tenant, .search))
            let changed = change(shown["settings"]?.objectValue ?? [:])
            do {
                return try await call(
                    "PUT", path, body: .object(changed), ifMatch: shown["etag"]?.stringValue,
                    as: .user(tenant, .write))
            } catch let failure as CommandFailure where failure.status == 412 && attempt < Self.settingsAttempts {
                continue
            }
        }
        throw CommandFailure("the settings are being changed by others all the time")
    }
}
