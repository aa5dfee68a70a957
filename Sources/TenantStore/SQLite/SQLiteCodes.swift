import CSQLite
import Glibc

extension StoreError {
    /// Sorts a failure by who must act on it; `systemError` is the `errno` behind a failed read, write or open.
    init(_ failure: SQLiteFailure, systemError: Int32 = 0) {
        // The extended codes carry the primary one in their low byte.
        switch (failure.code & 0xff, failure.code) {
        case (SQLITE_FULL, _): self = .full(failure)
        // SQLite's file layer calls only ENOSPC a full disk; quotas and size limits come as a failed write.
        case (SQLITE_IOERR, _) where [ENOSPC, EDQUOT, EFBIG].contains(systemError): self = .full(failure)
        case (SQLITE_IOERR, _) where systemError == EROFS: self = .readOnly(failure)
        case (SQLITE_CANTOPEN, _) where systemError == EROFS: self = .readOnly(failure)
        case (SQLITE_READONLY, _), (SQLITE_PERM, _): self = .readOnly(failure)
        case (SQLITE_CORRUPT, _), (SQLITE_NOTADB, _), (_, StoreCode.ioerrCorruptFS), (_, StoreCode.ioerrShortRead):
            self = .corrupt(failure)
        case (SQLITE_BUSY, _), (SQLITE_LOCKED, _): self = .busy(failure)
        case (SQLITE_CANTOPEN, _), (SQLITE_AUTH, StoreCode.authUser): self = .cannotOpen(failure)
        default: self = .sqlite(failure)
        }
    }
}

/// Extended codes, which SQLite's header spells as expressions that Swift does not import.
private enum StoreCode {
    static let ioerrShortRead = SQLITE_IOERR | (2 << 8)
    static let ioerrCorruptFS = SQLITE_IOERR | (33 << 8)
    static let authUser = SQLITE_AUTH | (1 << 8)
}
