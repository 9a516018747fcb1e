/// Extensions of files that occur in reports: programs, scripts, documents, archives, images, keys, configuration.
enum FileExtensions {
    /// - Parameter name: Behind the dot, in capitals or not.
    static func contains(_ name: some Collection<UInt8>) -> Bool { ShortWord(name).map(table.contains) ?? false }

    private static let table = ShortWord.set(
        """
        exe dll sys drv ocx cpl scr bat cmd ps1 psm1 psd1 ps1xml vbs vbe vb vba js jse mjs ts jsx tsx wsf wsh wsc ws \
        hta lnk url msi msp mst msc msix appx pif sct inf reg manifest chm hlp gadget efi doc docx docm dot dotx \
        dotm rtf xls xlsx xlsm xlsb xll xla xlam xlt xltm ppt pptx pptm pps ppsx ppsm ppam one onepkg pub pdf odt \
        ods odp csv tsv txt log md rst tex eml msg pst ost mht mhtml zip rar 7z gz tgz tar bz2 xz zst lz lzh arj ace \
        cab iso img vhd vhdx vmdk dmg pkg deb rpm jar war ear apk ipa aab elf so lib dylib ko bin dat db sqlite \
        sqlite3 mdb dmp dump hex raw tmp temp bak old swp cache lock pid key pem crt cer der p12 pfx jks kdbx asc \
        gpg sig rdp vpn ovpn pcap pcapng evtx evt etl pf sh bash zsh ksh py pyc pyw pyd pl pm rb php php3 php4 php5 \
        php7 phtml phar asp aspx ashx asmx asax jsp jspx jspf cgi cfm lua go rs inc target swift kt java class c cc \
        cpp cxx h hpp cs fs asm ipynb ps au3 a3x ahk nim html htm xhtml shtml css scss svg xml xsl xslt xsd json \
        jsonl yml yaml toml ini cfg conf config cnf plist sql yar yara stix rules template png jpg jpeg \
        gif bmp ico tif tiff webp mp3 mp4 avi mov mkv wav flv swf ttf woff woff2 eot app
        """)
}
