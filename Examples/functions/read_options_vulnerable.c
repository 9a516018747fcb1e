static int
read_options(struct session *session, const unsigned char *packet, size_t length)
{
	char name[64];
	size_t offset = HEADER_SIZE;

	while (offset < length) {
		unsigned int type = packet[offset];
		unsigned int size = packet[offset + 1];
		const unsigned char *value = packet + offset + 2;

		switch (type) {
		case OPTION_HOST_NAME:
			memcpy(name, value, size);
			name[size] = '\0';
			session_set_name(session, name);
			break;
		case OPTION_LEASE_TIME:
			session->lease_time = read_u32(value);
			break;
		default:
			break;
		}
		offset += 2 + size;
	}
	return 0;
}
