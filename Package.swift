// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors everywhere: a warning nobody reads is a defect nobody finds.
let swift: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let c: [CSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "SecureBERT",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "securebert", targets: ["SecureBERTCLI"]),
        .library(name: "SecureBERT", targets: ["SecureBERT"]),
        .library(name: "SecureBERTModels", targets: ["SecureBERTModels"]),
        .library(name: "SecureBERTTokenizers", targets: ["SecureBERTTokenizers"]),
        .library(name: "SecureBERTCheckpoint", targets: ["SecureBERTCheckpoint"]),
        .library(name: "SecureBERTTensor", targets: ["SecureBERTTensor"]),
        .library(name: "SecureBERTHub", targets: ["SecureBERTHub"]),
        .library(name: "SecureBERTTraining", targets: ["SecureBERTTraining"]),
        .library(name: "SecureBERTIntel", targets: ["SecureBERTIntel"]),
        .library(name: "SecureBERTSearch", targets: ["SecureBERTSearch"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Imports go one way: every target depends only on targets above it.
        .target(name: "SecureBERTJSON", swiftSettings: swift),
        .target(name: "CSecureBERTKernels", cSettings: c),
        .target(name: "SecureBERTTensor", dependencies: ["CSecureBERTKernels"], swiftSettings: swift),
        .target(name: "SecureBERTTokenizers", dependencies: ["SecureBERTJSON"], swiftSettings: swift),
        .target(
            name: "SecureBERTCheckpoint",
            dependencies: ["SecureBERTJSON", "SecureBERTTensor", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: swift),
        .target(
            name: "SecureBERTModels", dependencies: ["SecureBERTTensor", "SecureBERTCheckpoint"], swiftSettings: swift),
        .target(
            name: "SecureBERT",
            dependencies: [
                "SecureBERTModels", "SecureBERTTokenizers", "SecureBERTCheckpoint", "SecureBERTTensor",
                "SecureBERTJSON",
            ],
            swiftSettings: swift),
        .target(
            name: "SecureBERTIntel",
            dependencies: [
                "SecureBERT", "SecureBERTCheckpoint", "SecureBERTTensor", "SecureBERTJSON",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: swift),
        .target(
            name: "SecureBERTTraining",
            dependencies: [
                "SecureBERT", "SecureBERTModels", "SecureBERTTokenizers", "SecureBERTCheckpoint", "SecureBERTTensor",
                "SecureBERTJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "TOMLKit", package: "TOMLKit"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swift),
        // The only target that downloads; of the others only the command line imports it.
        .target(
            name: "SecureBERTHub",
            dependencies: [
                "SecureBERTCheckpoint", "SecureBERTJSON",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: swift),
        .target(
            name: "SecureBERTSearch",
            dependencies: [
                "SecureBERT", "SecureBERTCheckpoint", "SecureBERTTensor", "SecureBERTJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: swift),
        .target(
            name: "SecureBERTServer",
            dependencies: [
                "SecureBERTSearch", "SecureBERTIntel", "SecureBERT", "SecureBERTTokenizers", "SecureBERTCheckpoint",
                "SecureBERTTensor", "SecureBERTJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Console/Page"), .embedInCode("OpenAPI/openapi.json")],
            swiftSettings: swift),
        .executableTarget(
            name: "SecureBERTCLI",
            dependencies: [
                "SecureBERT", "SecureBERTIntel", "SecureBERTTraining", "SecureBERTHub", "SecureBERTSearch",
                "SecureBERTServer", "SecureBERTModels", "SecureBERTTokenizers", "SecureBERTCheckpoint",
                "SecureBERTTensor", "SecureBERTJSON",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift),

        .target(
            name: "TestSupport", dependencies: ["SecureBERTJSON", "SecureBERTTensor"], path: "Tests/TestSupport",
            swiftSettings: swift),
        .testTarget(name: "SecureBERTJSONTests", dependencies: ["SecureBERTJSON"], swiftSettings: swift),
        .testTarget(
            name: "CSecureBERTKernelsTests", dependencies: ["CSecureBERTKernels", "SecureBERTJSON", "TestSupport"],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTTensorTests", dependencies: ["SecureBERTTensor", "TestSupport"], swiftSettings: swift),
        .testTarget(
            name: "SecureBERTTokenizersTests", dependencies: ["SecureBERTTokenizers", "SecureBERTJSON", "TestSupport"],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTCheckpointTests",
            dependencies: ["SecureBERTCheckpoint", "SecureBERTJSON", "SecureBERTTensor", "TestSupport"],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTModelsTests",
            dependencies: [
                "SecureBERTModels", "SecureBERTCheckpoint", "SecureBERTJSON", "SecureBERTTensor", "TestSupport",
            ],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTTests",
            dependencies: [
                "SecureBERT", "SecureBERTModels", "SecureBERTCheckpoint", "SecureBERTJSON", "SecureBERTTensor",
                "TestSupport",
            ],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTIntelTests",
            dependencies: [
                "SecureBERTIntel", "SecureBERT", "SecureBERTCheckpoint", "SecureBERTJSON", "SecureBERTTensor",
                "TestSupport",
            ],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTTrainingTests",
            dependencies: [
                "SecureBERTTraining", "SecureBERT", "SecureBERTModels", "SecureBERTTokenizers", "SecureBERTCheckpoint",
                "SecureBERTTensor", "SecureBERTJSON", "TestSupport",
            ],
            swiftSettings: swift),
        // A hub on this computer, for the tests of the library and of the command line.
        .target(
            name: "HubTestSupport",
            dependencies: [
                "SecureBERTHub", "SecureBERTJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Tests/HubTestSupport", swiftSettings: swift),
        .testTarget(
            name: "SecureBERTHubTests",
            dependencies: [
                "HubTestSupport", "SecureBERTHub", "SecureBERTJSON", .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTSearchTests",
            dependencies: [
                "SecureBERTSearch", "SecureBERT", "SecureBERTJSON", "SecureBERTTensor", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTServerTests",
            dependencies: [
                "SecureBERTServer", "SecureBERT", "SecureBERTCheckpoint", "SecureBERTJSON", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift),
        .testTarget(
            name: "SecureBERTCLITests",
            dependencies: [
                "HubTestSupport", "SecureBERTCLI", "SecureBERTCheckpoint", "SecureBERTJSON", "SecureBERTTensor",
                "TestSupport",
            ],
            swiftSettings: swift),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
