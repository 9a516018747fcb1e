#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The functions of PostgreSQL's client library that this package calls.
///
/// The library is looked for when the first database is opened, so that neither building this package nor using it without a
/// database needs it.
struct PostgresLibrary: Sendable {
    typealias Strings = UnsafePointer<UnsafePointer<CChar>?>
    typealias Text = UnsafePointer<CChar>

    let connectdbParams: @convention(c) (Strings, Strings, Int32) -> OpaquePointer?
    let status: @convention(c) (OpaquePointer?) -> Int32
    let errorMessage: @convention(c) (OpaquePointer?) -> Text?
    let finish: @convention(c) (OpaquePointer?) -> Void
    let setNoticeProcessor:
        @convention(c) (
            OpaquePointer?, (@convention(c) (UnsafeMutableRawPointer?, Text?) -> Void)?, UnsafeMutableRawPointer?
        ) -> OpaquePointer?
    let execParams:
        @convention(c) (
            OpaquePointer?, Text, Int32, UnsafePointer<UInt32>?, Strings?, UnsafePointer<Int32>?,
            UnsafePointer<Int32>?, Int32
        ) -> OpaquePointer?
    let exec: @convention(c) (OpaquePointer?, Text) -> OpaquePointer?
    let resultStatus: @convention(c) (OpaquePointer?) -> Int32
    let resultErrorField: @convention(c) (OpaquePointer?, Int32) -> Text?
    let rowCount: @convention(c) (OpaquePointer?) -> Int32
    let columnCount: @convention(c) (OpaquePointer?) -> Int32
    let value: @convention(c) (OpaquePointer?, Int32, Int32) -> Text?
    let length: @convention(c) (OpaquePointer?, Int32, Int32) -> Int32
    let isNull: @convention(c) (OpaquePointer?, Int32, Int32) -> Int32
    let clear: @convention(c) (OpaquePointer?) -> Void
    let putCopyData: @convention(c) (OpaquePointer?, UnsafePointer<CChar>, Int32) -> Int32
    let putCopyEnd: @convention(c) (OpaquePointer?, Text?) -> Int32
    let getResult: @convention(c) (OpaquePointer?) -> OpaquePointer?

    /// The values of libpq's enumerations that are used; they are part of its binary interface.
    enum Status {
        static let connectionOK: Int32 = 0
        static let commandOK: Int32 = 1
        static let tuplesOK: Int32 = 2
        static let copyIn: Int32 = 4
        /// `PG_DIAG_SQLSTATE` and `PG_DIAG_MESSAGE_PRIMARY`.
        static let sqlState = Int32(UInt8(ascii: "C"))
        static let primaryMessage = Int32(UInt8(ascii: "M"))
    }

    /// The library, or why it cannot be used; looked for once.
    static let shared: Result<PostgresLibrary, Missing> = {
        do throws(Missing) { return .success(try PostgresLibrary()) } catch { return .failure(error) }
    }()

    /// The library is not there or lacks a function.
    struct Missing: Error, Equatable {
        let problem: String
    }

    #if canImport(Darwin)
        private static let names = ["libpq.5.dylib", "/opt/homebrew/opt/libpq/lib/libpq.5.dylib"]
    #else
        private static let names = ["libpq.so.5"]
    #endif

    private init() throws(Missing) {
        guard let library = Self.names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else {
            throw Missing(
                problem:
                    "cannot be reached without the PostgreSQL client library \(Self.names[0]), which is not installed; on Debian and Ubuntu: apt-get install libpq5"
            )
        }
        func find<Function>(_ name: String, as _: Function.Type) throws(Missing) -> Function {
            guard let symbol = dlsym(library, name) else {
                throw Missing(
                    problem:
                        "cannot be reached: the library \(Self.names[0]) has no function \(name); install a newer libpq5"
                )
            }
            return unsafeBitCast(symbol, to: Function.self)
        }
        func find<Function>(_ name: String) throws(Missing) -> Function { try find(name, as: Function.self) }
        connectdbParams = try find("PQconnectdbParams")
        status = try find("PQstatus")
        errorMessage = try find("PQerrorMessage")
        finish = try find("PQfinish")
        setNoticeProcessor = try find("PQsetNoticeProcessor")
        execParams = try find("PQexecParams")
        exec = try find("PQexec")
        resultStatus = try find("PQresultStatus")
        resultErrorField = try find("PQresultErrorField")
        rowCount = try find("PQntuples")
        columnCount = try find("PQnfields")
        value = try find("PQgetvalue")
        length = try find("PQgetlength")
        isNull = try find("PQgetisnull")
        clear = try find("PQclear")
        putCopyData = try find("PQputCopyData")
        putCopyEnd = try find("PQputCopyEnd")
        getResult = try find("PQgetResult")
    }
}
