import Access
import Glibc
import TenantStore

/// Which tenants have tasks that a restart must take up: an empty file in the tenant's folder says that there may be some.
///
/// It is there before the first task is acknowledged, so that a start looks at folders alone and opens the tenants that need
/// it; it goes when nothing is under work any more.
extension TaskService {
    private func marker(_ tenant: TenantContext) -> String {
        appliance.folder.tenant(tenant.name) + "/unfinished-tasks"
    }

    func isMarkedUnfinished(_ tenant: TenantContext) -> Bool { access(marker(tenant), F_OK) == 0 }

    /// Leaves the mark, once in the life of the process; it waits for the disk, so it belongs on the writer's thread.
    func markUnfinished(_ tenant: TenantContext) throws {
        try desk.mark(tenant.uid) {
            let path = marker(tenant)
            let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard file >= 0 else {
                throw errno == ENOSPC || errno == EDQUOT
                    ? ApplianceError.storageFull : errno == EROFS ? .readOnly : .internalFault("mark: errno \(errno)")
            }
            Glibc.close(file)
            let folder = open(appliance.folder.tenant(tenant.name), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { return }
            _ = fsync(folder)
            Glibc.close(folder)
        }
    }

    /// Has every tenant's unfinished tasks taken up; the caller goes on.
    func start() {
        Task { @concurrent in
            guard let records = try? await appliance.tenants.all() else { return }
            for record in records where record.state == .active {
                guard let tenant = try? TenantContext.handedOver(record: record, uid: record.uid),
                    isMarkedUnfinished(tenant)
                else { continue }
                do {
                    let tasks = try await tasks(of: tenant)
                    try await clearMark(tasks)
                } catch {
                    appliance.log.error(
                        "tasks not taken up", ["tenant_id": tenant.name.rawValue, "reason": "\(error)"])
                }
            }
        }
    }

    /// Breaks off all work, which goes on at the next start.
    func close() async {
        await desk.close()
        await appliance.courier?.close()
    }

    /// Takes the mark away where nothing is under work.
    private func clearMark(_ tasks: TenantTasks) async throws {
        let isIdle = try await tasks.read { rows in try rows.running().isEmpty && rows.pushed().isEmpty }
        guard isIdle else { return }
        let path = marker(tasks.tenant)
        try await tasks.engine.services.lanes.run { [desk] in
            desk.unmark(tasks.tenant.uid) { _ = unlink(path) }
        }
    }
}
