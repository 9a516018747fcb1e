/*
 * Prints the options of a lease message.
 */
static int
lease_print_options(netdissect_options *ndo, const u_char *bp, u_int length)
{
	const u_char *end = bp + length;
	u_int type, size, i;

	ND_PRINT((ndo, " options"));
	while (bp < end) {
		ND_TCHECK(*bp);
		type = *bp++;
		if (type == LEASE_OPTION_END)
			break;
		ND_TCHECK(*bp);
		size = *bp++;
		ND_TCHECK2(*bp, size);
		ND_PRINT((ndo, " [%s", tok2str(lease_option_names, "unknown (%u)", type)));
		switch (type) {
		case LEASE_OPTION_ADDRESS:
			if (size < 4)
				goto trunc;
			ND_PRINT((ndo, " %s", ipaddr_string(ndo, bp)));
			break;
		case LEASE_OPTION_TIME:
			if (size < 4)
				goto trunc;
			ND_PRINT((ndo, " %us", EXTRACT_32BITS(bp)));
			break;
		case LEASE_OPTION_ROUTERS:
			for (i = 0; i + 4 <= size; i += 4)
				ND_PRINT((ndo, " %s", ipaddr_string(ndo, bp + i)));
			break;
		case LEASE_OPTION_NAME:
			for (i = 0; i < size; i++)
				safeputchar(ndo, bp[i]);
			break;
		default:
			break;
		}
		ND_PRINT((ndo, "]"));
		bp += size;
	}
	return 0;

trunc:
	ND_PRINT((ndo, "[|lease]"));
	return -1;
}
