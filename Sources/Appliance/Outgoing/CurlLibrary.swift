import CCurl

/// libcurl, loaded when it is first needed.
enum CurlLibrary {
    /// What keeps it from being used; nil when it can be.
    ///
    /// Made once, whatever number of threads ask.
    static let complaint: String? = carrel_curl_load().map { String(cString: $0) }

    /// Has the other end show a certificate for its name, of an authority in a PEM file, or one of the system's.
    ///
    /// A file takes the place of the system's file and folder: libcurl alone would go on trusting the folder.
    static func verify(_ handle: UnsafeMutableRawPointer, trusting authorities: String?) {
        if let authorities {
            carrel_curl_set_string(handle, CURLOPT_CAINFO, authorities)
            carrel_curl_set_string(handle, CURLOPT_CAPATH, nil)
        }
        carrel_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        carrel_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        carrel_curl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    }
}
