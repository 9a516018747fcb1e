/// Where to download from and to, and within which limits.
public struct HubConfiguration: Sendable {
    /// The address of the hub, without a slash at the end.
    public var endpoint = "https://huggingface.co"
    /// Sent to the endpoint's own scheme, host and port and to nobody else, and only over https or inside this computer.
    public var token: HubToken?
    /// The cache folder, `$HF_HOME/hub` by convention.
    public var cacheFolder: String
    /// Refuse every download.
    public var isOffline = false
    /// Through which proxy to go, if any.
    public var proxy: HubProxy?
    /// A PEM file of certificate authorities to trust instead of the system's.
    public var certificateFile: String?
    /// How long to wait for a connection.
    public var connectTimeout: Duration = .seconds(10)
    /// How long a connection may stay silent.
    public var readTimeout: Duration = .seconds(30)
    /// How often and how patiently to try again.
    public var retries = RetryPolicy()
    /// How many files are downloaded at the same time.
    public var concurrentDownloads = 4
    /// What a server may make this program store or remember.
    public var limits = Limits()

    /// Bounds on what a server may ask for.
    public struct Limits: Sendable {
        /// Files in one model.
        public var files = 10_000
        /// Bytes of one file.
        public var fileBytes = 200 << 30
        /// Bytes of the list of files.
        public var listingBytes = 32 << 20
        /// Redirections followed for one request.
        public var redirects = 5

        /// Limits that no published encoder comes near.
        public init() {}
    }

    /// - Parameter cacheFolder: the folder that holds the `models--org--name` folders.
    public init(cacheFolder: String) {
        self.cacheFolder = cacheFolder
    }
}

/// How often to try again, and how long to wait in between.
public struct RetryPolicy: Sendable {
    /// Attempts in a row that may fail without a new byte, the first included.
    public var attempts = 5
    /// The wait after the first failure; it doubles each time.
    public var firstDelay: Duration = .milliseconds(500)
    /// The longest wait of our own choosing.
    public var longestDelay: Duration = .seconds(8)
    /// The longest wait that a server may ask for with `Retry-After`.
    public var longestRetryAfter: Duration = .seconds(60)

    /// Five attempts over about eight seconds.
    public init() {}

    /// The wait after a number of failures in a row, counted from 1. A random part keeps many clients from coming back
    /// in the same moment.
    package func delay(afterFailures failures: Int, retryAfter: Duration?) -> Duration {
        if let retryAfter { return min(max(retryAfter, .zero), longestRetryAfter) }
        let doublings = min(max(failures - 1, 0), 16)
        return min(firstDelay * (1 << doublings), longestDelay) * Double.random(in: 0.75...1.25)
    }
}
