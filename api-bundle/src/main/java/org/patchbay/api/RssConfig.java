package org.patchbay.api;

/**
 * How received flows are spread over queues (receive-side scaling). Valid only during the call that
 * it is passed to; who wants to keep a part copies it.
 *
 * @param key the hash key
 * @param indirectionTable queue index for each value of the hash modulo the table's length
 * @param flags reserved, 0
 */
@SuppressWarnings("ArrayRecordComponent") // lent for one call; copying would hide that
public record RssConfig(byte[] key, int[] indirectionTable, int flags) {}
