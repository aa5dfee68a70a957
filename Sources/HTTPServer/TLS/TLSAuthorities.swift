/// Authorities that a PEM file names, a whole system's too.
public enum TLSAuthorities {
    /// Checks that the file can be read and holds certificates, however old they are.
    public static func check(_ path: String) throws(TLSError) {
        _ = try TLSIdentity.certificates(in: try TLSFile.read(path, isKey: false), path: path, limit: .max)
    }
}
