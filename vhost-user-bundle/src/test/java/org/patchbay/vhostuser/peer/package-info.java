/**
 * A small vhost-user front-end of our own, for tests: it speaks the protocol well, and badly on
 * request.
 */
@NullMarked
package org.patchbay.vhostuser.peer;

import org.jspecify.annotations.NullMarked;
