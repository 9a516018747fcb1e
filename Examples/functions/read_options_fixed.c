static int
read_options(struct session *session, const unsigned char *packet, size_t length)
{
	char name[64];
	size_t offset = HEADER_SIZE;

	while (offset < length) {
		if (length - offset < 2)
			return -EINVAL;
		unsigned int type = packet[offset];
		unsigned int size = packet[offset + 1];
		const unsigned char *value = packet + offset + 2;

		if (size > length - offset - 2)
			return -EINVAL;
		switch (type) {
		case OPTION_HOST_NAME:
			if (size >= sizeof(name))
				return -EINVAL;
			memcpy(name, value, size);
			name[size] = '\0';
			session_set_name(session, name);
			break;
		case OPTION_LEASE_TIME:
			if (size < 4)
				return -EINVAL;
			session->lease_time = read_u32(value);
			break;
		default:
			break;
		}
		offset += 2 + size;
	}
	return 0;
}
