import Hummingbird
import HummingbirdTLS
func page() -> [UInt8] { PackageResources.index_html }
