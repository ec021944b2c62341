package org.patchbay.linux;

import java.lang.foreign.StructLayout;

/**
 * Who had a unix socket's other end when the connection was made (SO_PEERCRED).
 *
 * @param processId the process, as this one's namespace numbers it; 0 if it is of none here
 * @param userId its effective user
 * @param groupId its effective group
 */
public record PeerCredentials(int processId, int userId, int groupId) {
  static final StructLayout UCRED =
      Native.struct(
          "struct ucred",
          Native.INT.withName("pid"),
          Native.INT.withName("uid"),
          Native.INT.withName("gid"));
}
