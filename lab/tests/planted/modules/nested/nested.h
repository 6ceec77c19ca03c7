/* SPDX-License-Identifier: GPL-2.0 */
int below_number(void);
